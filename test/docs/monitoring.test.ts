import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWithProgram } from '../support/describe-with-program.ts';
import { anchorsOf, readDocument, ROOT } from './documents.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
}
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const MONITORING = join(ROOT, 'monitoring');
const RUNBOOK = 'docs/guides/runbook.md';
const read = (file: string) => readFileSync(join(MONITORING, file), 'utf8');
const alerts = (parse(read('alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(read('grafana/quotewire.json')) as Dashboard;
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$__rate_interval', '1m') })),
);

/** Metrics of Prometheus and of Node's client library, beside those of docs/reference/metrics.md. */
const OTHERS = [
  'ALERTS',
  'nodejs_eventloop_lag_p99_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'up',
];
const metrics = new Set([
  ...OTHERS,
  ...[...readDocument('docs/reference/metrics.md').text.matchAll(/^\| `(\w+)` \|/gm)].map(
    ([, name = '']) => name,
  ),
]);

/** The metrics that an expression reads: the names that are neither functions nor labels. */
function metricsIn(expr: string): string[] {
  const withoutLabels = expr
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring)\s*\([^)]*\)/g, '');
  const names = withoutLabels.matchAll(/(?<![\w.])[A-Za-z_]\w*(?!\w*\s*\()/g);
  const keywords = new Set(['and', 'or', 'unless', 'group_right', 'group_left', 'offset']);
  const durations = /^\d/;
  return [...names]
    .map(([name]) => name.replace(/_bucket$/, ''))
    .filter((name) => !keywords.has(name) && !durations.test(name) && !/^[smhd]$/.test(name));
}

it('finds the metrics of an expression', () => {
  const expr = 'max by (le) (rate(a_total{x=~"b|c"}[15m])) unless on (d) e_bucket offset 1h > 5e6';
  expect(metricsIn(expr)).toEqual(['a_total', 'e']);
});

describe('monitoring/alerts.yml', () => {
  it.each(alerts)('reads only metrics that exist for $alert', ({ expr }) => {
    const read = metricsIn(expr);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((name) => !metrics.has(name))).toEqual([]);
  });

  it('links each alert to its section of the runbook, which has no other', () => {
    const sections = [...readDocument(RUNBOOK).text.matchAll(/^### (Quotewire\w+)$/gm)];
    expect(sections.map(([, name]) => name)).toEqual(alerts.map(({ alert }) => alert));
    const anchors = anchorsOf(readDocument(RUNBOOK));
    for (const { annotations } of alerts) {
      const [page, anchor = ''] = annotations.runbook_url.split('#');
      expect(page).toMatch(new RegExp(`/${RUNBOOK}$`));
      expect(anchors).toContain(anchor);
    }
  });

  it('has a unit test for each alert', () => {
    const tests = parse(read('alerts.test.yml')) as { tests: { name: string }[] };
    expect(tests.tests.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
  });

  it('has an alert for each failure that docs/reference/failures.md lists', () => {
    const table = /^\| fault \|.*\n\| -.*\n((?:\|.*\n)+)/m.exec(
      readDocument('docs/reference/failures.md').text,
    );
    const rows = (table?.[1] ?? '').trim().split('\n');
    expect(rows.length).toBeGreaterThan(15);
    const names = new Set(alerts.map(({ alert }) => alert));
    const isTold = (row: string) => {
      const cell = row.split(' | ').at(-1) ?? '';
      const named = [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => `Quotewire${name}`);
      return cell === 'none |' || (named.length > 0 && named.every((name) => names.has(name)));
    };
    expect(rows.filter((row) => !isTold(row))).toEqual([]);
  });
});

describe('monitoring/grafana/quotewire.json', () => {
  it.each(queries)('reads only metrics that exist in "$title": $expr', ({ expr }) => {
    expect(metricsIn(expr).filter((name) => !metrics.has(name))).toEqual([]);
  });
});

describeWithProgram('promtool', 'promtool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quotewire-promtool-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const promtool = (...args: string[]) =>
    execFileSync('promtool', args, { cwd: MONITORING, encoding: 'utf8', stdio: 'pipe' });

  it('accepts the configuration and its rules', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toContain(`${alerts.length} rules found`);
  });

  it('sees each alert quiet while all is well, and firing when it is not', () => {
    expect(promtool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });

  it('parses each query of the dashboard', () => {
    const rules = queries.map(({ expr }, index) => ({ record: `query:${index}`, expr }));
    const file = join(folder, 'queries.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool('check', 'rules', file)).toContain(`${queries.length} rules found`);
  });
});

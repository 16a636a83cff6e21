import type { Growth } from './check-growth.ts';
import type { Finding, Verdict } from './verdict.ts';

const MEBIBYTE = 1024 * 1024;

/** Formats the verdict as tables in Markdown. */
export function printVerdict({ findings, growth }: Verdict): string {
  const rowOf = ({ what, count, mustBeZero }: Finding) =>
    `| ${what} | ${count} | ${mustBeZero ? '0' : ''} |`;
  const examples = findings.flatMap((finding) =>
    finding.examples.map((one) => `${finding.what}: ${one}`),
  );
  return [
    '| what | count | must be |',
    '| --- | --: | --: |',
    ...findings.map(rowOf),
    '',
    '| process | MiB, day 1 | MiB, last day | | files | promises | functions |',
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...growth.map(rowOfGrowth),
    ...(examples.length === 0 ? [] : ['', 'For example:', ...examples]),
  ].join('\n');
}

function rowOfGrowth({ process, first, last }: Growth): string {
  const change = Math.round((last.rssBytes / first.rssBytes - 1) * 100);
  const columns = [
    process,
    (first.rssBytes / MEBIBYTE).toFixed(1),
    (last.rssBytes / MEBIBYTE).toFixed(1),
    `${change >= 0 ? '+' : ''}${change} %`,
    `${first.fds} → ${last.fds}`,
    `${first.promises} → ${last.promises}`,
    `${first.functions} → ${last.functions}`,
  ];
  return `| ${columns.join(' | ')} |`;
}

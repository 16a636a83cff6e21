import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** The stages of the Dockerfile, each with its instructions. */
const stages = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((text) => text.split('\n').filter((line) => /^[A-Z]+ /.test(line)));

/** Whether an instruction copies files of the checkout, with their modes. */
const copiesCheckout = (line: string) => /^(COPY|ADD) (?!--from=)/.test(line);

it('makes all that an image has of a checkout readable, which may have a strict umask', () => {
  const copying = stages.filter((lines) => lines.some(copiesCheckout));
  expect(copying).toHaveLength(1);
  const [lines = []] = copying;
  const readable = lines.indexOf('RUN chmod -R a+rX .');
  expect(readable).toBeGreaterThan(lines.findLastIndex(copiesCheckout));
});

import { expect, it } from 'vitest';
import { proposeInThread } from '../src/propose-in-thread.ts';
import { ProposeError } from '../src/propose-error.ts';
import { pageOf } from './support/proposal.ts';

const said = ['Well begun is half done.', 'Nothing in excess.', 'All things are full of gods.'];
const quotes = said.map((text) => `<blockquote><p>${text}</p><cite>Solon</cite></blockquote>`);

it('proposes what the thread found', async () => {
  expect(await proposeInThread(pageOf(quotes.join('')))).toMatchObject({
    fields: { author: expect.any(String) },
  });
});

it('refuses a page without quotes with the words of the proposal', async () => {
  await expect(proposeInThread(pageOf('<p>Hello</p>'))).rejects.toThrow(ProposeError);
  await expect(proposeInThread(pageOf('<p>Hello</p>'))).rejects.toThrow('is it the right page?');
});

it('gives up on a page that takes too long', async () => {
  const gaveUp = proposeInThread(pageOf(quotes.join('')), { timeoutMs: 0 });
  await expect(gaveUp).rejects.toThrow('takes longer than 0 s; write the entry by hand');
});

/** Nothing on a page looks like quotes; the message names the fix. */
export class ProposeError extends Error {
  override readonly name = 'ProposeError';
}

import type { Cursor } from '@quotewire/sse';

/** A source of cursors for the events of a server without a log: the offset counts up. */
export function createCursors(): () => Cursor {
  let offset = 0;
  return () => {
    offset += 1;
    return { offset, fingerprint: offset.toString(16).padStart(12, '0') };
  };
}

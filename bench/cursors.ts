import type { Cursor } from '@quotewire/sse';

/** Creates ascending cursors for a server without a log. */
export function createCursors(): () => Cursor {
  let offset = 0;
  return () => {
    offset += 1;
    return { offset, fingerprint: offset.toString(16).padStart(12, '0') };
  };
}

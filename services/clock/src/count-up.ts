import type { PrivateStream } from '@quotewire/sse';

/** Sends one browser a number a second, from 0 or on from the last one that it has seen, until it leaves. */
export function countUp(stream: PrivateStream): void {
  const { lastEventId = '', closed } = stream;
  let counter = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) + 1 : 0;
  const sendNext = () => {
    stream.send({ id: String(counter), data: JSON.stringify({ counter }) });
    counter += 1;
  };
  sendNext();
  const timer = setInterval(sendNext, 1_000);
  closed.addEventListener('abort', () => clearInterval(timer));
}

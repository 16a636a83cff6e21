import type { Session } from '@quotewire/sse';

/** Sends one browser a number each second, from 0 or after the last number that it received, until it disconnects. */
export function countUp(stream: Session): void {
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

import { byId, setText } from '/assets/page.js';
import { fetchJson } from './history.js';

const ASK_MS = 60_000;

/** Shows whether the timer runs: where it's on this origin, and while it answers. */
export function watchTimer() {
  const link = byId('timer', HTMLAnchorElement);
  if (link.origin !== location.origin) return;

  async function ask() {
    if (document.hidden) return;
    const { state } = await fetchJson(link.href).catch(() => ({}));
    link.hidden = !['running', 'stopped'].includes(state);
    link.dataset.tone = state === 'running' ? 'good' : 'waiting';
    setText(link, `Timer ${state}`);
  }
  void ask();
  setInterval(ask, ASK_MS);
  document.addEventListener('visibilitychange', () => void ask());
}

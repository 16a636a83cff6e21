const SAID_MS = 3_000;

/**
 * Makes the buttons of quotes work: unfold, copy the link, share.
 *
 * @param {HTMLElement} container
 * @param {(sentence: string) => void} announce
 */
export function useActions(container, announce) {
  document.documentElement.classList.toggle('can-share', 'share' in navigator);
  container.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('button') : null;
    const figure = button?.closest('figure');
    if (!button || !figure) return;
    const words = figure.querySelector('.text');
    const url = figure.querySelector('a.when')?.getAttribute('href') ?? '';
    const link = new URL(url, location.origin).href;
    if (button.classList.contains('unfold')) {
      const isClamped = words?.classList.toggle('is-clamped') ?? false;
      button.ariaExpanded = `${!isClamped}`;
      button.textContent = isClamped ? 'Show all of it' : 'Show less';
    } else if (button.dataset.action === 'copy') {
      void copy(link, { button, announce });
    } else {
      // n.b. rejects when the reader changes their mind
      navigator.share({ text: words?.textContent ?? '', url: link }).catch(() => {});
    }
  });
}

/**
 * @param {string} link
 * @param {{ button: HTMLButtonElement, announce: (sentence: string) => void }} options
 */
async function copy(link, { button, announce }) {
  try {
    await navigator.clipboard.writeText(link);
  } catch {
    // no permission, or a page without TLS, which has no clipboard
    prompt('The link of this quote, to copy:', link);
    return;
  }
  announce('Link copied');
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = 'Copy link';
  }, SAID_MS);
}

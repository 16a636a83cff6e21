/** @import { KeyParts } from '../types.d.ts' */

const STORED = 'keys';

/**
 * Moves between quotes with j and k, to the search with /, and out of the feed with Escape. Readers
 * can switch the letters off, since they may speak them or have them for something else.
 *
 * @param {KeyParts} parts
 */
export function useKeys({ list, search, end, choice }) {
  // n.b. a browser may refuse storage, and throws then
  try {
    choice.checked = localStorage.getItem(STORED) !== 'off';
  } catch {}
  choice.addEventListener('change', () => {
    try {
      localStorage.setItem(STORED, choice.checked ? 'on' : 'off');
    } catch {}
  });

  document.addEventListener('keydown', (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const focused = document.activeElement;
    if (key === 'Escape' && focused instanceof HTMLElement && list.contains(focused))
      focused.blur();
    const isTyping = target instanceof HTMLInputElement && target !== choice;
    if (!choice.checked || isTyping || ctrlKey || metaKey || altKey) return;
    if (key === '/') search.focus();
    else if (key === 'j') move(1);
    else if (key === 'k') move(-1);
    else return;
    event.preventDefault();
  });

  /** @param {1 | -1} step */
  function move(step) {
    const items = [...list.querySelectorAll('li')];
    const focused = document.activeElement?.closest('li');
    const index = focused ? items.indexOf(focused) : -1;
    const next =
      index === -1
        ? items.find((item) => item.getBoundingClientRect().bottom > innerHeight / 4)
        : items[index + step];
    const element = next ?? (step === 1 ? end : undefined);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: 'nearest', behavior: 'instant' });
  }
}

import { createTime } from './relative-time.js';

/**
 * @typedef {object} SourceStatus
 * @property {string} source
 * @property {string} state
 * @property {string} since RFC 3339
 * @property {string} detail a sentence for people
 */

const TONES = new Map([
  ['ok', 'good'],
  ['not-modified', 'good'],
  ['exhausted', 'good'],
  ['stale', 'waiting'],
  ['blocked', 'bad'],
  ['broken', 'bad'],
  ['failing', 'bad'],
]);

/**
 * The sources and how each is doing, by name.
 *
 * @param {{ list: HTMLElement, section: HTMLElement }} options
 */
export function createSourceList({ list, section }) {
  /** @type {Map<string, SourceStatus>} */
  const statuses = new Map();
  let isPaused = false;

  function render() {
    if (isPaused) return;
    const byName = [...statuses.values()].sort((a, b) => a.source.localeCompare(b.source, 'en'));
    list.replaceChildren(...byName.map(createSourceItem));
    section.hidden = statuses.size === 0;
  }

  return {
    /** @param {SourceStatus[]} news */
    update(news) {
      for (const status of news) statuses.set(status.source, status);
      render();
    },

    /** @param {boolean} shouldPause */
    pause(shouldPause) {
      isPaused = shouldPause;
      render();
    },
  };
}

/** @param {SourceStatus} status */
function createSourceItem({ source, state, since, detail }) {
  const item = document.createElement('li');
  const name = document.createElement('span');
  name.className = 'source-name state';
  name.dataset.tone = TONES.get(state) ?? 'waiting';
  name.textContent = source;

  const words = document.createElement('span');
  words.className = 'source-state';
  words.append(` ${state.replaceAll('-', ' ')}`);

  const line = document.createElement('span');
  line.className = 'detail';
  line.append(...(detail === '' ? ['since '] : [detail, ' ']), createTime(since));
  item.append(name, words, line);
  return item;
}

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
 * Lists the sources and their states, by name.
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
  const name = createLine('source-name state', source);
  name.dataset.tone = TONES.get(state) ?? 'waiting';
  const words = createLine('source-state', `${state.replaceAll('-', ' ')}, `);
  words.append(createTime(since));
  item.append(name, words);
  if (detail !== '') item.append(createLine('detail', detail));
  return item;
}

/**
 * @param {string} className
 * @param {string} text
 */
function createLine(className, text) {
  const line = document.createElement('p');
  line.className = className;
  line.textContent = text;
  return line;
}

import { byId, setText } from '/assets/page.js';
import { useActions } from './actions.js';
import { createTimes, refreshTimes } from './relative-time.js';

const announcement = byId('announcement', HTMLElement);

const times = createTimes();
refreshTimes({ ...times, ago: times.exact });
useActions(document.body, (sentence) => setText(announcement, sentence));

export { type SseCount, sseCounters } from './counters.ts';
export { type Cursor, formatCursor, parseCursor } from './cursor.ts';
export { encodeFrame, type Frame, readData } from './frame.ts';
export { History, type HistoryEntry, type LogEntry } from './history.ts';
export { type GapReason, Hub, type HubOptions, type Start } from './hub.ts';
export { stream, type StreamOptions } from './stream-plugin.ts';
export { type Connection, Subscriber } from './subscriber.ts';

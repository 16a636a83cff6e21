export { Admission, type AdmissionOptions } from './admission.ts';
export type { Connection } from './connection.ts';
export { type SseCount, sseCounters } from './counters.ts';
export { type Cursor, formatCursor, parseCursor } from './cursor.ts';
export type { Facets } from './filter.ts';
export { encodeFrame, type Frame, readData } from './frame.ts';
export { History, type HistoryEntry, type LogEntry } from './history.ts';
export { Hub, type HubOptions } from './hub.ts';
export { type GapReason, type Start } from './place.ts';
export {
  type PrivateStream,
  privateStream,
  type PrivateStreamOptions,
} from './private-stream-plugin.ts';
export { stream, type StreamOptions } from './stream-plugin.ts';

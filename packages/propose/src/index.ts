// `propose` has its own entry point, so that services load the parsers in worker threads only
export { nameFor, notesOn } from './entry.ts';
export { ProposeError } from './propose-error.ts';
export { proposeInThread } from './propose-in-thread.ts';

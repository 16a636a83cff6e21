import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { parseSources, SourcesError } from './load-sources.ts';
import type { SourcesConfig } from './settings.ts';

/** Why an entry wasn't added: its name is taken, the file changed meanwhile, or the file can't be written. */
export type AddSourceErrorCode = 'taken' | 'changed' | 'not-writable';

/** An entry wasn't added; the message names the file and the fix. */
export class AddSourceError extends Error {
  override readonly name = 'AddSourceError';
  readonly code: AddSourceErrorCode;

  constructor(message: string, { code, ...options }: ErrorOptions & { code: AddSourceErrorCode }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Adds an entry behind the others in the file, whose text stays as it is. The file is replaced as a
 * whole, so that no reader sees a part of it. Rejects with `SourcesError` if the file or the entry is
 * invalid, else with `AddSourceError`.
 */
export async function addSource(
  entry: { readonly name: string },
  config: SourcesConfig,
): Promise<void> {
  const { path } = config;
  try {
    // a rename would replace a symbolic link
    const target = await realpath(path);
    const temporary = `${target}.new`;
    const { mode } = await stat(target);
    // exclusive: of two processes that add, one is refused
    const file = await open(temporary, 'wx', mode);
    try {
      const text = await readFile(target, 'utf8');
      await file.writeFile(withEntry(entry, { text, config }));
      await file.sync();
      if ((await readFile(target, 'utf8')) !== text) throw changed(path);
      await rename(temporary, target);
    } finally {
      await file.close();
      await rm(temporary, { force: true });
    }
  } catch (cause) {
    if (cause instanceof SourcesError || cause instanceof AddSourceError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw changed(path, { cause });
    throw new AddSourceError(
      `${path} can't be written (${message}): add the entry to the file by hand`,
      { code: 'not-writable', cause },
    );
  }
}

/** The error for a name that another source has. */
export function takenName(name: string, path: string): AddSourceError {
  return new AddSourceError(`${path} has a source "${name}" already: choose another name`, {
    code: 'taken',
  });
}

function changed(path: string, options?: ErrorOptions): AddSourceError {
  return new AddSourceError(
    `${path} is being changed by someone else: save again; if ${path}.new stays, delete it`,
    { code: 'changed', ...options },
  );
}

/** The file's text with the entry; throws if either is invalid, or the name is taken. */
function withEntry(
  entry: { readonly name: string },
  { text, config }: { text: string; config: SourcesConfig },
): string {
  const isTaken = parseSources(text, config).some(({ name }) => name === entry.name);
  if (isTaken) throw takenName(entry.name, config.path);
  const written = inserted(entry, text);
  parseSources(written, config);
  return written;
}

/** Existing entries keep their format, which may differ from that of JSON.stringify. */
function inserted(entry: object, text: string): string {
  const root = parseTree(text);
  const list = root === undefined ? undefined : findNodeAtLocation(root, ['sources']);
  if (list === undefined) throw new Error('a file of sources without sources');
  const lines = JSON.stringify(entry, undefined, 2).replaceAll(/^/gm, '    ');
  const last = list.children?.at(-1);
  const [start, end] =
    last === undefined
      ? [list.offset + 1, list.offset + list.length - 1]
      : [last.offset + last.length, last.offset + last.length];
  const between = last === undefined ? `\n${lines}\n  ` : `,\n${lines}`;
  return text.slice(0, start) + between + text.slice(end);
}

import { dirname, join, normalize, sep } from 'node:path';

/** The packages that each package may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  bus: [],
  client: [],
  sources: [],
  sse: [],
  terminal: [],
  events: ['bus'],
  service: ['client', 'terminal'],
  extract: ['events', 'sources'],
  propose: ['extract', 'sources'],
  fetch: ['bus', 'events', 'service', 'sources'],
  testing: ['bus', 'terminal'],
};

/** The service that composes all others in one process. */
const COMPOSITION_ROOT = 'standalone';

/** The location of a file: `packages/sse/test/hub.test.ts` is in the folder `packages`, in the workspace `sse`, and a test. */
interface Place {
  readonly folder: string;
  readonly name: string;
  readonly isTest: boolean;
}

/** Returns a sentence for each forbidden import of a file. Paths are relative to the root. */
export function wrongImportsIn(file: string, code: string): string[] {
  return importsIn(code).flatMap((specifier) => {
    const target = targetOf(specifier, file);
    if (target === undefined || mayImport(placeOf(file), target)) return [];
    return [`${file} must not import ${specifier}`];
  });
}

/** Returns the specifiers of all static and dynamic imports. */
function importsIn(code: string): string[] {
  const statements = code.matchAll(
    /^(?:import |(?:import|export|\})[^'"`;]*?\bfrom )['"]([^'"\n]+)['"]/gm,
  );
  const calls = code.matchAll(/\bimport\(\s*['"]([^'"\n]+)['"]/g);
  return [...statements, ...calls].map(([, specifier = '']) => specifier);
}

/** Returns undefined for a library and for a file of the same workspace. */
function targetOf(specifier: string, file: string): Place | undefined {
  const [scope, name = ''] = specifier.split('/');
  if (scope === '@quotewire') return placeOf(`${folderOf(name)}/${name}/`);
  if (!specifier.startsWith('.')) return undefined;
  const from = placeOf(file);
  const target = placeOf(normalize(join(dirname(file), specifier)));
  const isOwn = target.folder === from.folder && target.name === from.name;
  return isOwn && (from.isTest || !target.isTest) ? undefined : target;
}

const COMMANDS = new Set(['source', 'dead-letters', 'heroku']);

function folderOf(name: string): string {
  if (name in PACKAGES) return 'packages';
  return COMMANDS.has(name) ? 'commands' : 'services';
}

const WITH_WORKSPACES = new Set(['packages', 'services', 'commands']);

function placeOf(path: string): Place {
  const [folder = '', name = '', part] = path.split(sep);
  if (!WITH_WORKSPACES.has(folder)) return { folder, name: '', isTest: folder === 'test' };
  return { folder, name, isTest: part === 'test' };
}

/** Returns the packages that a file of a package may import; a test may also import indirect dependencies. */
function foundationsOf({ name, isTest }: { name: string; isTest: boolean }): readonly string[] {
  const direct = PACKAGES[name] ?? [];
  if (!isTest) return direct;
  return direct.flatMap((below) => [below, ...foundationsOf({ name: below, isTest })]);
}

function mayImport(from: Place, to: Place): boolean {
  if (from.folder === 'test') return true;
  if (to.isTest) return false;
  if (to.folder === 'packages' && to.name === 'testing')
    return from.isTest || from.folder === 'bench' || from.folder === 'scripts';
  if (from.folder === 'packages')
    return to.folder === 'packages' && foundationsOf(from).includes(to.name);
  if (to.folder === 'packages') return true;
  return from.name === COMPOSITION_ROOT && to.folder === 'services';
}

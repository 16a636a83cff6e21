import { Value } from 'typebox/value';
import { type SourceKind, sourceSchemas } from './source.ts';

const kinds = Object.keys(sourceSchemas) as SourceKind[];

/** Keywords whose failure means that another branch of a union was intended. */
const branchKeywords = new Set(['type', 'const', 'boolean']);

/** Options of fields that only some kinds have. */
const fieldSettings: Record<string, string> = {
  selector: 'kinds html and feed, and this one takes a path',
  attribute: 'kinds html and feed, and this one takes a path',
  exclude: 'kinds html and feed, and this one takes a path',
  path: 'kinds json and script, and this one takes a selector',
  html: 'kinds json and script, and this one takes a selector',
};

/** A source's kind, html by default; undefined for an unknown kind. */
export function kindOf(source: object): SourceKind | undefined {
  const { kind = 'html' } = source as { kind?: unknown };
  return kinds.find((known) => known === kind);
}

/** Validates a source by the schema of its kind: one sentence for each problem, beginning with the place below `at`. */
export function schemaProblemsOf(source: unknown, at: string): string[] {
  if (typeof source !== 'object' || source === null || Array.isArray(source))
    return [`${at} must be object`];
  const kind = kindOf(source);
  if (kind === undefined) {
    const { kind: unknown } = source as { kind?: unknown };
    return [`${at}/kind is ${JSON.stringify(unknown)}: one of ${kinds.join(', ')}`];
  }
  const errors = [...Value.Errors(sourceSchemas[kind], source)];
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf');
  return errors.flatMap((error) => {
    const { keyword, instancePath, params, message } = error;
    const place = `${at}${instancePath}`;
    // a union reports the errors of all branches; only the intended branch has errors of other keywords
    const isOfUnion = unions.some((union) => union.instancePath === instancePath);
    if (keyword === 'boolean' || (branchKeywords.has(keyword) && isOfUnion)) return [];
    if (keyword === 'anyOf') {
      const hasCause = errors.some(
        (other) =>
          !branchKeywords.has(other.keyword) && other.schemaPath.startsWith(`${error.schemaPath}/`),
      );
      return hasCause ? [] : [`${place} ${meaningOf(instancePath)}`];
    }
    if (keyword !== 'additionalProperties') return [`${place} ${message}`];
    return params.additionalProperties.map(
      (name) => `${place}/${name} ${whyNotHere(name, { instancePath, kind })}`,
    );
  });
}

function meaningOf(instancePath: string): string {
  if (instancePath === '/mode') return 'must be "new" or "random"';
  if (/\/(selector|path)$/.test(instancePath)) return 'must be text or a list of texts';
  return 'must be text or an object with the settings that sources.schema.json lists';
}

function whyNotHere(
  name: string,
  { instancePath, kind }: { instancePath: string; kind: SourceKind },
): string {
  if (instancePath !== '') {
    const home = fieldSettings[name];
    return home !== undefined && instancePath.startsWith('/fields/')
      ? `is for ${home}`
      : 'is unknown: remove it, or look for its name in sources.schema.json';
  }
  const homes = kinds.filter((other) => name in sourceSchemas[other].properties);
  if (homes.length > 0) return `is for kind ${homes.join(' or ')}, and this source is ${kind}`;
  const known = Object.keys(sourceSchemas[kind].properties);
  return `is unknown: a source of kind ${kind} has ${known.join(', ')}`;
}

/** What the named groups of a pattern may fill. */
export const FIELD_NAMES = ['text', 'author', 'tags'] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/**
 * Compiles a field's pattern; `.` matches line breaks too. Throws an `Error` that says what is wrong
 * with it, also when it has no named group or one that is no field.
 */
export function compilePattern(text: string): RegExp {
  const pattern = new RegExp(text, 'su');
  const groups = [...text.matchAll(/\(\?<([\p{L}_$][\p{L}\p{N}_$]*)>/gu)].map(([, name]) => name);
  if (groups.length === 0) throw new Error('it needs a named group, such as (?<text>…)');
  const stranger = groups.find((name) => !FIELD_NAMES.includes(name as FieldName));
  if (stranger !== undefined)
    throw new Error(`its group "${stranger}" is none of ${FIELD_NAMES.join(', ')}`);
  return pattern;
}

/** The fields of an item; a pattern's named groups have the same names. */
export const FIELD_NAMES = [
  'text',
  'author',
  'tags',
  'title',
  'link',
  'publishedAt',
  'image',
] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/**
 * Compiles a field's pattern; `.` also matches line breaks. Throws an `Error` that names the fault:
 * invalid syntax, no named group, or a group that is not a field.
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

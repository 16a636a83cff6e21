/**
 * What this page reads of a JSON Schema.
 *
 * @typedef {{
 *   type?: string | string[],
 *   description?: string,
 *   properties?: Record<string, Schema>,
 *   required?: string[],
 *   items?: Schema,
 *   anyOf?: Schema[],
 *   enum?: unknown[],
 *   const?: unknown,
 *   minimum?: number,
 *   maximum?: number,
 *   minLength?: number,
 *   maxLength?: number,
 *   format?: string,
 *   default?: unknown,
 * }} Schema
 */

/**
 * Writes a schema as a type in the manner of TypeScript, with descriptions as comments.
 *
 * @param {Schema} schema
 * @param {string} [indent] of the line that it stands on
 * @returns {string}
 */
export function typeText(schema, indent = '') {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.enum?.map((value) => JSON.stringify(value));
  if (choices) return choices.join(' | ');
  if (schema.anyOf) return schema.anyOf.map((choice) => typeText(choice, indent)).join(' | ');
  if (schema.items) {
    const item = typeText(schema.items, indent);
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
  }
  if (schema.properties) return objectText(schema, indent);
  return [schema.type ?? 'any'].flat().join(' | ');
}

/**
 * @param {Schema} schema
 * @param {string} indent
 */
function objectText({ properties = {}, required = [] }, indent) {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([name, property]) => {
    const about = aboutOf(property);
    const comment = about === '' ? [] : [`${inner}// ${about}`];
    const mark = required.includes(name) ? '' : '?';
    return [...comment, `${inner}${name}${mark}: ${typeText(property, inner)}`];
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/**
 * Says in words what a type leaves out: description, limits, default.
 *
 * @param {Schema} schema
 */
export function aboutOf(schema) {
  const { description, minimum, maximum, minLength, maxLength, format } = schema;
  const limits = [
    range('', minimum, maximum),
    range('length ', minLength, maxLength),
    format ?? '',
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ];
  const facts = limits.filter((text) => text !== '').join(', ');
  const sentence = facts === '' ? '' : `${facts[0]?.toUpperCase()}${facts.slice(1)}.`;
  return [description, sentence].filter(Boolean).join(' ');
}

/**
 * @param {string} what
 * @param {number | undefined} least
 * @param {number | undefined} most
 */
function range(what, least, most) {
  if (least !== undefined && most !== undefined) return `${what}${least} to ${most}`;
  if (most !== undefined) return `${what}at most ${most}`;
  return least === undefined ? '' : `${what}at least ${least}`;
}

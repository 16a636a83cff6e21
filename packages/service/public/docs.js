import { byId } from './page.js';
import { aboutOf, typeText } from './schema-text.js';

/** @import { Schema } from './schema-text.js' */
/** @typedef {{ name: string, in: string, required?: boolean, schema?: Schema, description?: string }} Parameter */
/** @typedef {{ description?: string, content?: Record<string, { schema?: Schema }> }} Content */
/** @typedef {{ summary?: string, description?: string, parameters?: Parameter[], requestBody?: Content, responses?: Record<string, Content> }} Operation */
/** @typedef {{ info: { title: string }, paths: Record<string, Record<string, Operation>> }} ApiDocument */

/**
 * Creates an element with children; text stays text.
 *
 * @param {string} name
 * @param {(Node | string)[]} children
 */
function create(name, ...children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}

/** @param {ApiDocument} api */
function show({ info, paths }) {
  document.title = `${info.title} API`;
  byId('routes', HTMLElement).replaceChildren();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const route = `${method.toUpperCase()} ${path}`;
      const article = articleOf(route, operation);
      const link = create('a', create('code', route));
      link.setAttribute('href', `#${article.id}`);
      const about = operation.summary ?? operation.description ?? '';
      byId('summaries', HTMLElement).append(create('tr', create('td', link), create('td', about)));
      byId('routes', HTMLElement).append(article);
    }
  }
}

/**
 * @param {string} route
 * @param {Operation} operation
 */
function articleOf(route, { summary, description, parameters = [], requestBody, responses = {} }) {
  const article = create('article', create('h2', route));
  article.id = route.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  for (const text of [summary, description]) if (text) article.append(create('p', text));
  if (parameters.length > 0) article.append(create('h3', 'Parameters'), tableOf(parameters));
  const body = schemaOf(requestBody);
  if (body) article.append(create('h3', 'Body, JSON'), create('pre', typeText(body)));
  for (const [status, response] of Object.entries(responses)) {
    article.append(create('h3', `Response ${status}`));
    const schema = schemaOf(response);
    const text = response.description;
    if (text && text !== 'Default Response') article.append(create('p', text));
    // n.b. the schema of a stream says nothing
    const type = schema ? typeText(schema) : 'any';
    if (type !== 'any') article.append(create('pre', type));
  }
  return article;
}

/** @param {Content | undefined} content */
function schemaOf(content) {
  return Object.values(content?.content ?? {})[0]?.schema;
}

/** @param {Parameter[]} parameters */
function tableOf(parameters) {
  const heads = ['Name', 'In', 'Type', 'About'].map((text) => {
    const head = create('th', text);
    head.setAttribute('scope', 'col');
    return head;
  });
  const rows = parameters.map(({ name, in: place, required, schema = {}, description }) => {
    const about = aboutOf({ ...schema, description: description ?? schema.description ?? '' });
    const cells = [create('code', required ? name : `${name}?`), place, typeText(schema), about];
    return create('tr', ...cells.map((cell) => create('td', cell)));
  });
  return create('table', create('thead', create('tr', ...heads)), create('tbody', ...rows));
}

try {
  const response = await fetch('/openapi.json');
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  show(await response.json());
  // n.b. the browser has looked for the fragment before the routes were there
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  byId('problem', HTMLElement).textContent =
    `/openapi.json could not be loaded: ${/** @type {Error} */ (error).message}. Reload the page.`;
}

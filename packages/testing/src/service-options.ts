import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

/** Node's own options of a service in production, as the Procfile has them. */
export const SERVICE_OPTIONS: readonly string[] = [`--env-file=${join(ROOT, 'node.env')}`];

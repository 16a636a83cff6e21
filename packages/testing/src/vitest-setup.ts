// n.b. vitest runs a setup file for each test file, but an imported module once for all files of a worker
import { afterAll } from 'vitest';
import { endFile } from './file-end.ts';

afterAll(endFile);

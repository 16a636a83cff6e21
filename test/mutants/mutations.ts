import { busMutations } from './bus.ts';
import { hubMutations } from './hub.ts';
import type { Mutation } from './mutation.ts';
import { scraperMutations } from './scraper.ts';
import { streamMutations } from './streams.ts';
import { timerMutations } from './timer.ts';

export const mutations: readonly Mutation[] = [
  ...hubMutations,
  ...streamMutations,
  ...busMutations,
  ...timerMutations,
  ...scraperMutations,
];

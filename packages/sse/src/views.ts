import { type Filter, filterKey } from './filter.ts';
import type { History } from './history.ts';
import { View } from './view.ts';

/** Different filters at a time. */
const MAX_VIEWS = 1_000;

/** The views that subscribers have on one history: one for each filter. */
export class Views {
  readonly #history: History;
  readonly #views = new Map<string, View>();

  constructor({ history }: { history: History }) {
    this.#history = history;
  }

  /** The view through a filter, for one more subscriber, which has to `leave` it; undefined when there are too many filters. */
  join(filter: Filter): View | undefined {
    const key = filterKey(filter);
    const view = this.#views.get(key) ?? new View({ filter, history: this.#history });
    if (view.subscriberCount === 0 && this.#views.size >= MAX_VIEWS) return undefined;
    this.#views.set(key, view);
    view.subscriberCount += 1;
    return view;
  }

  leave(view: View): void {
    view.subscriberCount -= 1;
    if (view.subscriberCount === 0) this.#views.delete(filterKey(view.filter));
  }

  /** Forgets what was shared among subscribers. */
  forget(): void {
    for (const view of this.#views.values()) view.forget();
  }
}

import type { StreamEvent } from '../src/client.d.ts';
import type { LinkEffects, Message } from '../src/internal.d.ts';
import { createLink } from '../src/link.js';
import { createSupervisor } from '../src/supervisor.js';

const HEARTBEAT_MS = 15_000;

export interface WorldOptions {
  /** Formats an offset as a cursor. */
  cursorOf: (place: number, offset: number) => string;
  hasLoad: boolean;
  limit: number | undefined;
  random: () => number;
}

interface Connection {
  readonly tab: Tab;
  /** The offset of the last entry sent to it. */
  place: number;
  newestFirst: number;
  isOpen: boolean;
}

/** A page: the offsets that it received, and violations of their order. */
export interface Tab {
  readonly name: string;
  readonly seen: number[];
  /** The offset up to which the page is complete. */
  place: number | undefined;
  complaint: string | undefined;
  isFrozen: boolean;
  isGone: boolean;
  state: string;
  connection: Connection | undefined;
  readonly inbox: Message[];
  readonly timers: Map<string, { at: number; fire: () => void }>;
  isListening: boolean;
  link: ReturnType<typeof createLink>;
  supervisor: ReturnType<typeof createSupervisor>;
  isLoading: boolean;
}

/**
 * Simulates a browser with tabs, locks, a channel and a clock, and a server with a log. Each step is
 * controlled by the test. Every third entry of the log passes the filter of the stream.
 */
export function createWorld({ cursorOf: format, hasLoad, limit, random }: WorldOptions) {
  const tabs: Tab[] = [];
  let newest = 0;
  let oldest = 0;
  let now = 1_000_000;
  let beatAt = now + HEARTBEAT_MS;
  let isUp = true;
  let leader: Tab | undefined;
  let line: Tab[] = [];
  /** Tabs that have not noticed yet that their lead was stolen. */
  const deposed = new Set<Tab>();
  let turn: Tab | undefined;
  let turnLine: Tab[] = [];

  /** Where the log was declared, and declared again. */
  const starts = [0];
  const cursorOf = (place: number) =>
    format(place, place - (starts.findLast((start) => start <= place) ?? 0));
  const passes = (place: number) => place % 3 === 0;
  const placeOf = (cursor: string) => {
    for (let place = newest; place >= 0; place -= 1) if (cursorOf(place) === cursor) return place;
    throw new Error(`the log never gave out the cursor ${cursor}`);
  };

  function openTab(): Tab {
    const name = `tab ${tabs.length}`;
    const timers: Tab['timers'] = new Map();
    const clock = {
      clear: (timer: string) => void timers.delete(timer),
      now: () => now,
      random,
    };
    const wait = (timer: string, ms: number, fire: () => void) => {
      timers.delete(timer);
      timers.set(timer, { at: now + ms, fire: () => (timers.delete(timer), fire()) });
    };
    const leaveLine = () => {
      line = line.filter((other) => other !== tab);
      if (leader === tab) leader = undefined;
      deposed.delete(tab);
      tab.isListening = false;
    };
    const link = createLink({ tab: name, startsLive: limit === undefined }, {
      ...clock,
      wait: (timer, ms) =>
        wait(timer, ms, () => link.fire(timer as Parameters<typeof link.fire>[0])),
      connect(cursor) {
        const isNew = cursor === '';
        const place = isNew ? newest : placeOf(cursor);
        tab.connection = { tab, place, newestFirst: isNew ? (limit ?? 0) : 0, isOpen: false };
      },
      disconnect: () => (tab.connection = undefined),
      join() {
        tab.isListening = true;
        if (leader !== tab && !line.includes(tab) && !deposed.has(tab)) line.push(tab);
      },
      steal() {
        line = line.filter((other) => other !== tab);
        deposed.delete(tab);
        const before = leader;
        leader = tab;
        tab.isListening = true;
        if (before !== undefined && before !== tab) deposed.add(before);
        link.lead();
      },
      leave: leaveLine,
      takeTurn() {
        if (turn !== tab && !turnLine.includes(tab)) turnLine.push(tab);
      },
      endTurn() {
        turnLine = turnLine.filter((other) => other !== tab);
        if (turn === tab) turn = undefined;
      },
      post(message) {
        for (const other of tabs) {
          if (other !== tab && other.isListening) other.inbox.push(structuredClone(message));
        }
      },
      opened: () => supervisor.opened(),
      lost: (isClosed) => supervisor.lost(isClosed),
      heard: (event) => supervisor.heard(event),
      adopt(cursor) {
        supervisor.adopt(cursor);
        if (cursor !== '') tab.place = placeOf(cursor);
      },
      mirror: (status) => supervisor.mirror(status),
    } satisfies LinkEffects);
    const supervisor = createSupervisor(
      { hasLoad, silenceMs: 2.5 * HEARTBEAT_MS },
      {
        ...clock,
        wait: (timer, ms) =>
          wait(timer, ms, () => supervisor.fire(timer as Parameters<typeof supervisor.fire>[0])),
        load: () => (tab.isLoading = true),
        open: (cursor) => link.open(cursor),
        close() {
          tab.isLoading = false;
          link.close();
        },
        leave() {
          tab.isLoading = false;
          link.leave();
        },
        tell(status) {
          tab.state = status.state;
          link.told(status);
        },
        emit: (event) => onEvent(tab, event),
        isOnline: () => true,
      },
    );
    const tab: Tab = {
      name,
      seen: [],
      place: undefined,
      complaint: undefined,
      isFrozen: false,
      isGone: false,
      state: '',
      connection: undefined,
      inbox: [],
      timers,
      isListening: false,
      link,
      supervisor,
      isLoading: false,
    };
    tabs.push(tab);
    supervisor.start();
    return tab;
  }

  /** What breaks the order, unless a gap follows: a page may load from a new log before the old one ends for it. */
  function complain(tab: Tab, complaint: string): void {
    if (starts.length === 1) throw new Error(complaint);
    tab.complaint = complaint;
  }

  function onEvent(tab: Tab, { name, data, id }: StreamEvent): void {
    if (name === 'heartbeat') return;
    if (name === 'gap') {
      tab.complaint = undefined;
      tab.place = placeOf(id);
      return;
    }
    const place = Number(data);
    if (tab.place !== undefined) {
      for (let missed = tab.place + 1; missed < place; missed += 1) {
        if (passes(missed)) complain(tab, `${tab.name} lost ${missed} before ${place}`);
      }
      if (place <= tab.place) complain(tab, `${tab.name} got ${place} after ${tab.place}`);
    }
    tab.place = place;
    tab.seen.push(place);
  }

  const isAwake = (tab: Tab) => !tab.isFrozen && !tab.isGone;

  /** Lets the server send one more event over a connection; returns false if there is none. */
  function serve(tab: Tab): boolean {
    const { connection } = tab;
    if (connection === undefined || !isAwake(tab)) return false;
    if (!isUp) {
      tab.connection = undefined;
      tab.link.lost(true);
      return true;
    }
    if (!connection.isOpen) {
      connection.isOpen = true;
      for (let at = newest; at > oldest && connection.newestFirst > 0; at -= 1) {
        if (!passes(at)) continue;
        connection.place = at - 1;
        connection.newestFirst -= 1;
      }
      connection.newestFirst = 0;
      tab.link.opened();
      return true;
    }
    if (connection.place < oldest) {
      connection.place = oldest;
      tab.link.heard({ name: 'gap', data: '{}', id: cursorOf(oldest) });
      return true;
    }
    for (let place = connection.place + 1; place <= newest; place += 1) {
      connection.place = place;
      if (!passes(place)) continue;
      tab.link.heard({ name: 'quote', data: String(place), id: cursorOf(place) });
      return true;
    }
    return false;
  }

  function beat(): void {
    beatAt = now + HEARTBEAT_MS;
    for (const tab of tabs) {
      const { connection } = tab;
      if (connection?.isOpen && connection.place === newest && isAwake(tab) && newest > 0) {
        tab.link.heard({ name: 'heartbeat', data: '{}', id: cursorOf(newest) });
      }
    }
  }

  function receive(tab: Tab): boolean {
    if (!isAwake(tab)) return false;
    const message = tab.inbox.shift();
    if (message !== undefined && tab.isListening) tab.link.received(message);
    return message !== undefined;
  }

  function load(tab: Tab): boolean {
    if (!tab.isLoading || !isAwake(tab)) return false;
    tab.isLoading = false;
    if (!isUp) tab.supervisor.loadFailed();
    else {
      // nothing can be missing without an offset
      tab.place = newest === 0 ? undefined : newest;
      tab.supervisor.loaded(newest === 0 ? '' : cursorOf(newest));
    }
    return true;
  }

  function grant(): boolean {
    const former = [...deposed].find(isAwake);
    if (former !== undefined) {
      deposed.delete(former);
      former.link.deposed();
      return true;
    }
    const next = leader === undefined ? line.find((tab) => isAwake(tab)) : undefined;
    if (next !== undefined) {
      line = line.filter((tab) => tab !== next);
      leader = next;
      next.link.lead();
      return true;
    }
    const nextTurn = turn === undefined ? turnLine.find((tab) => isAwake(tab)) : undefined;
    if (nextTurn === undefined) return false;
    turnLine = turnLine.filter((tab) => tab !== nextTurn);
    turn = nextTurn;
    nextTurn.link.turn();
    return true;
  }

  /** Everything that's due without the clock going on. */
  function settle(): void {
    for (let isBusy = true; isBusy;) {
      isBusy = grant();
      for (const tab of tabs)
        for (const step of [load, receive, serve]) isBusy = step(tab) || isBusy;
    }
  }

  /** Lets the next timer fire, or the next heartbeats. */
  function advance(): void {
    const due = tabs
      .filter(isAwake)
      .flatMap((tab) => [...tab.timers.values()])
      .sort((a, b) => a.at - b.at)[0];
    if (due === undefined || due.at > beatAt) {
      now = Math.max(now, beatAt);
      beat();
    } else {
      now = Math.max(now, due.at);
      due.fire();
    }
  }

  return {
    tabs,
    openTab,
    append: () => void (newest += 1),
    /** Drops the oldest entries from the server's history. */
    expire: () => (oldest = Math.max(oldest, newest - 3)),
    /** Deletes and declares the log again, some seconds after any page has loaded: its offsets restart. */
    redeclare() {
      now += 10_000;
      newest += 1;
      oldest = newest;
      starts.push(newest);
    },
    setUp: (shouldBeUp: boolean) => (isUp = shouldBeUp),
    serve,
    receive,
    load,
    grant,
    advance,
    settle,
    cut(tab: Tab) {
      if (tab.connection === undefined || !isAwake(tab)) return;
      tab.connection.isOpen = false;
      tab.link.lost(false);
    },
    crash(tab: Tab) {
      tab.isGone = true;
      tab.connection = undefined;
      tab.isListening = false;
      line = line.filter((other) => other !== tab);
      turnLine = turnLine.filter((other) => other !== tab);
      if (leader === tab) leader = undefined;
      if (turn === tab) turn = undefined;
    },
    connections: () => tabs.filter((tab) => isAwake(tab) && tab.connection !== undefined).length,
    get newestPassing() {
      return newest - (newest % 3);
    },
    get now() {
      return now;
    },
  };
}

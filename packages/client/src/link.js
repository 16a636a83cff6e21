import { createChain, orderOf } from './chain.js';

/** @import { StreamEvent, StreamStatus } from './client.d.ts' */
/** @import { Entry, LinkEffects, Message } from './internal.d.ts' */

const ANSWER_MS = 1_000;
/** How long this tab waits for the leader's cursor and its own to meet: the leader may be an event behind, and catch up in a moment. */
const MEET_MS = 300;
/** For this long the cursor of a page that has just loaded is assumed to be of the same log as the leader's. */
const FRESH_MS = 10_000;

/**
 * Joins a tab to the one connection that all tabs share: events in, effects out, no I/O.
 *
 * One tab leads: it has the connection and passes each event on together with the cursor before it.
 * A tab takes an event only where its own cursor equals that one, so that nothing is lost or doubled,
 * whichever tab leads. If the cursors differ, the tab asks the leader for the events between them. If
 * the leader doesn't have them, the tab takes its turn: one tab at a time has the right to open a second
 * connection, and keeps it until both cursors meet. A leader that doesn't answer is frozen: another tab
 * steals the lead.
 *
 * @param {{ tab: string, startsLive: boolean }} options
 * @param {LinkEffects} effects
 */
export function createLink({ tab, startsLive }, effects) {
  const chain = createChain();
  let cursor = '';
  let freshAt = Number.NEGATIVE_INFINITY;
  /** @type {StreamStatus} */
  let status = { state: 'connecting' };
  let isOpen = false;
  let isLeader = false;
  /** Whether this tab has the right to open a second connection. */
  let hasTurn = false;
  /** Whether this tab's cursor has met the leader's: it takes the events that the leader passes on. */
  let isJoined = false;
  let isAsking = false;
  let hasHeardLeader = false;

  function stopAsking() {
    isAsking = false;
    effects.clear('answer');
    effects.clear('meet');
  }

  function endTurn() {
    hasTurn = false;
    effects.endTurn();
  }

  function meet() {
    isJoined = true;
    if (!hasTurn) return;
    endTurn();
    effects.disconnect();
  }

  function ask() {
    if (isAsking || !isOpen || isLeader) return;
    isAsking = true;
    hasHeardLeader = false;
    effects.wait('answer', ANSWER_MS * (1 + effects.random()));
    const isFresh = effects.now() - freshAt < FRESH_MS;
    effects.post({ type: 'ask', from: tab, cursor, isFresh });
  }

  /** @param {Entry} entry */
  function take(entry) {
    const taken = { ...entry, prev: cursor };
    chain.add(taken);
    cursor = entry.id;
    freshAt = Number.NEGATIVE_INFINITY;
    if (isLeader) effects.post({ type: 'entry', entry: taken });
    effects.heard(taken);
  }

  /** @param {Entry} entry */
  function follow(entry) {
    const place = orderOf(cursor);
    if (entry.prev === cursor || (cursor === '' && startsLive)) meet();
    else if (entry.id === cursor) return meet();
    else if (chain.knows(entry.id)) return;
    else if (isJoined && entry.name !== 'gap') {
      // n.b. the cursor of a page that has just loaded may lie between two events
      if (orderOf(entry.id) <= place) return;
      isJoined = orderOf(entry.prev) <= place;
    }
    if (isJoined) take(entry);
    else ask();
  }

  /** @param {Extract<Message, { type: 'answer' }>} answer */
  function onAnswer({ cursor: newest, entries, status: { state } }) {
    stopAsking();
    if (cursor === '' && startsLive) {
      meet();
      cursor = newest;
      effects.adopt(newest);
    } else if (entries !== null) {
      meet();
      for (const entry of entries) if (isOpen) follow(entry);
    } else {
      isJoined = false;
      if (!hasTurn && state === 'live') effects.wait('meet', MEET_MS);
    }
  }

  function close() {
    stopAsking();
    isOpen = false;
    isJoined = false;
    freshAt = Number.NEGATIVE_INFINITY;
    if (hasTurn) endTurn();
    effects.disconnect();
  }

  return {
    /** @param {string} from */
    open(from) {
      if (from !== cursor) {
        chain.clear();
        cursor = from;
        freshAt = effects.now();
      }
      effects.join();
      isOpen = true;
      if (isLeader) effects.connect(cursor);
      else ask();
    },
    close,
    leave() {
      isLeader = false;
      close();
      effects.leave();
    },
    /** @param {StreamStatus} news */
    told(news) {
      status = news;
      if (isLeader) effects.post({ type: 'status', cursor, status });
    },
    opened: () => effects.opened(),
    /** @param {boolean} isClosed */
    lost: (isClosed) => effects.lost(isClosed),
    /** @param {StreamEvent} event */
    heard({ name, data, id }) {
      if (!isLeader && !hasTurn) return;
      take({ name, data, id: id || cursor, prev: cursor });
      if (hasTurn) ask();
    },

    lead() {
      isLeader = true;
      stopAsking();
      if (hasTurn) endTurn();
      effects.post({ type: 'lead', cursor, status });
      if (isOpen) effects.connect(cursor);
    },
    /** Another tab has stolen the lead from this one. */
    deposed() {
      isLeader = false;
      isJoined = false;
      if (!isOpen) return;
      effects.disconnect();
      effects.join();
      ask();
    },
    turn() {
      if (!isOpen || isLeader || isJoined) return endTurn();
      hasTurn = true;
      effects.connect(cursor);
    },
    /** @param {Message} message */
    received(message) {
      if (message.type === 'ask') {
        const { from, isFresh } = message;
        if (!isLeader) return;
        const entries = isOpen ? chain.after(message.cursor, { newest: cursor, isFresh }) : null;
        return effects.post({ type: 'answer', to: from, cursor, status, entries });
      }
      if (isLeader || !isOpen || (message.type === 'answer' && message.to !== tab)) return;
      hasHeardLeader = true;
      if (message.type === 'entry') return follow(message.entry);
      if (message.type === 'answer') onAnswer(message);
      else {
        // n.b. a new leader doesn't know what this tab asked the old one
        if (message.type === 'lead') stopAsking();
        if (!isJoined || message.cursor !== cursor) ask();
      }
      if (hasTurn || !isOpen) return;
      const isWaiting = message.status.state === 'live' && !isJoined;
      effects.mirror(isWaiting ? { state: 'connecting' } : message.status);
    },
    /** @param {'answer' | 'meet'} timer */
    fire(timer) {
      if (timer === 'meet') return effects.takeTurn();
      isAsking = false;
      if (hasHeardLeader) ask();
      else effects.steal();
    },
  };
}

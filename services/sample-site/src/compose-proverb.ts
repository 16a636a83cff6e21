import type { Saying } from './sayings.ts';

// n.b. a list has as many entries as its name says: no two of these numbers have a common divisor
const templates7 = [
  (a, verb, b) => `${withArticle(a)} ${verb} ${withArticle(b)}.`,
  (a, verb, b) => `Better ${withArticle(a)} than ${withArticle(b)}: the one ${verb} the other.`,
  (a, verb, b) => `Nobody asks the ${a} why it ${verb} the ${b}.`,
  (a, verb, b) => `Even the ${b} admits it: the ${a} ${verb} it in the end.`,
  (a, verb, b) => `Where ${withArticle(a)} ${verb} ${withArticle(b)}, sit down and watch.`,
  (a, verb, b) => `Do not wake the ${a} while it ${verb} the ${b}.`,
  (a, verb, b) => `In a good year ${withArticle(a)} ${verb} the ${b}; in a bad year it tries.`,
] as const satisfies readonly ((a: string, verb: string, b: string) => string)[];

const adjectives29 = words(`
  patient proud quiet borrowed early generous honest humble idle young lucky merry modest narrow old
  open plain polite ragged restless rich salty silent simple steady stubborn thirsty unwritten wise`);

const nouns41 = words(`
  river mill lantern bridge anchor apple axe bell boat broom bucket candle cart chimney cloud crow
  door drum feather ferry field fire fox garden gate goose hammer harbour horse island kettle ladder
  market mountain mouse needle oak ox road sail stone`);

const verbs37 = pairs(`
  outlives:time outwaits:patience teaches:learning forgives:character remembers:time follows:friendship
  feeds:happiness warms:friendship shades:happiness humbles:character mends:work measures:wisdom
  answers:words outshines:fortune greets:friendship carries:work hides:truth wakes:change praises:words
  needs:people envies:people trusts:friendship outgrows:change surprises:fortune saves:courage
  defies:courage awaits:patience obeys:people ignores:wisdom betters:work adores:love courts:love
  understands:learning corrects:truth quotes:books consoles:hope encourages:hope`);

const otherAdjectives31 = words(`
  ancient bitter brave careless clever cold crooked distant empty faithful forgotten gentle golden
  grey hasty heavy hollow hungry impatient jealous loud noisy painted rusty sleepy sour stolen
  talkative vain wet worried`);

const otherNouns43 = words(`
  barn basket book bottle bread cheese church clock coat coin crown dog donkey fence fiddle fisherman
  guest hat hill judge king lamp letter mayor miller mirror moon pebble pot puddle rope rooster
  saddle scholar shoe soup storm sword teacup thief tower umbrella well`);

/** The number of proverbs until one comes again: all combinations. */
export const PROVERBS =
  templates7.length *
  adjectives29.length *
  nouns41.length *
  verbs37.length *
  otherAdjectives31.length *
  otherNouns43.length;

/**
 * The proverb of a number, a whole one from 0 on. Numbers that differ by less than `PROVERBS` have
 * different proverbs: no two lengths of the lists share a divisor, so that by the Chinese remainder
 * theorem all combinations come before one comes again. The strides make neighbours differ.
 */
export function composeProverb(number: number): Saying {
  const pick = <T>(list: readonly T[], stride: number): T =>
    list[((number % list.length) * stride) % list.length] as T;
  const a = `${pick(adjectives29, 11)} ${pick(nouns41, 16)}`;
  const b = `${pick(otherAdjectives31, 12)} ${pick(otherNouns43, 17)}`;
  const [verb, tag] = pick(verbs37, 14);
  const sentence = pick<(typeof templates7)[number]>(templates7, 3)(a, verb, b);
  const text = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return { text, author: 'Proverb of the sample site', tags: [tag] };
}

function withArticle(noun: string): string {
  return `${/^(?:[aeiou]|honest)/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}

function pairs(list: string): (readonly [verb: string, tag: string])[] {
  return words(list).map((pair) => {
    const [verb = '', tag = ''] = pair.split(':');
    return [verb, tag];
  });
}

import type { Random } from './random.ts';

/** Returns a function that creates texts for a site: new ones, and sometimes several copied from another site. */
export function textsFrom(random: Random): (site: number) => string {
  const texts: { site: number; text: string }[] = [];
  const copied = new Map<number, string[]>();
  return (site) => {
    if (random() < 0.04) {
      const others = texts.filter((one) => one.site !== site).slice(-12);
      copied.set(
        site,
        others.map(({ text }) => text),
      );
    }
    const copy = copied.get(site)?.shift();
    if (copy !== undefined) return copy;
    const text = `Saying ${texts.length} of a site that lasts two years`;
    texts.push({ site, text });
    return text;
  };
}

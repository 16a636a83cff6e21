import { contenders } from './contender.ts';
import type { Machine } from './machine.ts';
import type { FanOutFigures } from './benchmarks/fan-out.ts';
import { count, document, line, rect, text } from './svg.ts';

const WIDTH = 760;
const LABEL_WIDTH = 130;
/** The space for the figure after the longest bar. */
const FIGURE_WIDTH = 190;
const BAR_HEIGHT = 18;
const BAR_STEP = 26;
const GROUP_HEAD = 40;
const TOP = 62;
const BOTTOM = 34;

/** Returns an SVG of deliveries a second: a group of bars with its own scale for each number of publishers, and a line for the interquartile range of the rounds. Readable on light and dark pages. */
export function drawFanOut(figures: readonly FanOutFigures[], machine: Machine): string {
  const groups = [...Map.groupBy(figures, ({ publishers }) => publishers)];
  const subscribers = figures[0]?.subscribers ?? 0;
  const parts: string[] = [];
  let y = TOP;
  for (const [publishers, bars] of groups) {
    parts.push(text({ x: 0, y: y + 22, style: 'group', words: publishersOf(publishers) }));
    const most = Math.max(...bars.map(({ deliveriesPerSecond }) => deliveriesPerSecond.q3));
    const toPixels = (rate: number) => (rate / most) * (WIDTH - LABEL_WIDTH - FIGURE_WIDTH);
    const from = y + GROUP_HEAD - 6;
    y += GROUP_HEAD;
    for (const bar of bars) {
      parts.push(...drawBar(bar, { y, toPixels }));
      y += BAR_STEP;
    }
    parts.push(line('axis', [LABEL_WIDTH, from, LABEL_WIDTH, y]));
  }
  const height = y + BOTTOM;
  const title = `Deliveries a second to ${count(subscribers)} subscribers`;
  return document({
    width: WIDTH,
    height,
    title,
    subtitle:
      '200-byte events, one core for the server. Medians; thin lines span the middle half. Each group has its own scale.',
    note: `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; ${machine.versions.join(', ')}`,
    parts,
  });
}

function drawBar(
  { name, deliveriesPerSecond, ratio }: FanOutFigures,
  { y, toPixels }: { y: number; toPixels: (rate: number) => number },
): string[] {
  const { median, q1, q3 } = deliveriesPerSecond;
  const middle = y + BAR_HEIGHT / 2;
  const [left, right] = [LABEL_WIDTH + toPixels(q1), LABEL_WIDTH + toPixels(q3)];
  const isOurs = name === 'hub';
  const figure = `${count(Math.round(median / 1_000))} k`;
  const words = isOurs ? figure : `${figure} · ours is ${ratio.median.toFixed(1)}× that`;
  const length = toPixels(median);
  return [
    text({ x: 0, y: middle + 4.5, style: isOurs ? 'group' : '', words: contenders[name].title }),
    rect(isOurs ? 'ours' : 'other', { x: LABEL_WIDTH, y, width: length, height: BAR_HEIGHT }),
    line('spread', [left, middle, right, middle]),
    text({ x: right + 8, y: middle + 4.5, style: isOurs ? 'group' : 'quiet', words }),
  ];
}

function publishersOf(publishers: number): string {
  return publishers === 1
    ? 'One publisher that waits for each answer'
    : `${publishers} publishers that each wait for each answer`;
}

import type { ScaleFigures } from '../benchmarks/scale.ts';
import type { Machine } from '../machine.ts';
import { count, document, line, rect, text } from '../svg.ts';

const LABEL_WIDTH = 130;
const FIGURE_WIDTH = 190;
const WIDTH = 760;
const BAR_HEIGHT = 18;
const BAR_STEP = 26;
const GROUP_HEAD = 40;
const TOP = 62;
const BOTTOM = 34;

const COSTS: {
  title: string;
  read: (figures: ScaleFigures) => number;
  unit: string;
  digits: number;
}[] = [
  {
    title: 'Memory of the server',
    read: (one) => one.rssBytes / 1e6,
    unit: 'MB',
    digits: 0,
  },
  {
    title: 'Time for one event to reach all',
    read: (one) => one.lastArrivalMs.median,
    unit: 'ms',
    digits: 0,
  },
  {
    title: 'Time until all are back after a restart',
    read: (one) => one.backSeconds,
    unit: 's',
    digits: 1,
  },
];

/** Returns an SVG of the costs of each number of subscribers: a group of bars with its own scale for each cost. */
export function drawScale(figures: readonly ScaleFigures[], machine: Machine): string {
  const parts: string[] = [];
  let y = TOP;
  for (const { title, read, unit, digits } of COSTS) {
    parts.push(text({ x: 0, y: y + 22, style: 'group', words: title }));
    const most = Math.max(...figures.map(read));
    const from = y + GROUP_HEAD - 6;
    y += GROUP_HEAD;
    for (const one of figures) {
      const length = (read(one) / most) * (WIDTH - LABEL_WIDTH - FIGURE_WIDTH);
      const middle = y + BAR_HEIGHT / 2 + 4.5;
      parts.push(
        text({ x: 0, y: middle, style: '', words: count(one.subscribers) }),
        rect('ours', { x: LABEL_WIDTH, y, width: length, height: BAR_HEIGHT }),
        text({
          x: LABEL_WIDTH + length + 8,
          y: middle,
          style: 'quiet',
          words: `${count(Number(read(one).toFixed(digits)))} ${unit}`,
        }),
      );
      y += BAR_STEP;
    }
    parts.push(line('axis', [LABEL_WIDTH, from, LABEL_WIDTH, y]));
  }
  return document({
    width: WIDTH,
    height: y + BOTTOM,
    title: 'What subscribers cost, by their number',
    subtitle:
      'A quote-stream on RabbitMQ and all its subscribers on one machine. Each group has its own scale.',
    note: `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`,
    parts,
  });
}

import { contenders } from './contender.ts';
import type { Machine } from './machine.ts';
import type { FanOutFigures } from './benchmarks/fan-out.ts';

const WIDTH = 760;
const LABEL_WIDTH = 130;
/** The space for the figure after the longest bar. */
const FIGURE_WIDTH = 190;
const BAR_HEIGHT = 18;
const BAR_STEP = 26;
const GROUP_HEAD = 40;
const TOP = 62;
const BOTTOM = 34;

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 17px; font-weight: 600; }
    .group { font-weight: 600; }
    .quiet { fill: #57606a; }
    .note { font-size: 11px; fill: #57606a; }
    .other { fill: #afb8c1; }
    .ours { fill: #0969da; }
    .spread { stroke: #24292f; stroke-width: 1.5; }
    .axis { stroke: #d0d7de; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .quiet, .note { fill: #9198a1; }
      .other { fill: #59636e; }
      .ours { fill: #4493f8; }
      .spread { stroke: #e6edf3; }
      .axis { stroke: #3d444d; }
    }`;

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
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
  <style>${STYLE}
  </style>
  ${text({ x: 0, y: 20, style: 'title', words: title })}
  ${text({ x: 0, y: 42, style: 'quiet', words: '200-byte events, one core for the server. Medians; thin lines span the middle half. Each group has its own scale.' })}
  ${parts.join('\n  ')}
  ${text({ x: 0, y: height - 8, style: 'note', words: `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; ${machine.versions.join(', ')}` })}
</svg>
`;
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
  const length = toPixels(median).toFixed(1);
  return [
    text({ x: 0, y: middle + 4.5, style: isOurs ? 'group' : '', words: contenders[name].title }),
    `<rect class="${isOurs ? 'ours' : 'other'}" x="${LABEL_WIDTH}" y="${y}" width="${length}" height="${BAR_HEIGHT}" rx="2"/>`,
    line('spread', [left, middle, right, middle]),
    text({ x: right + 8, y: middle + 4.5, style: isOurs ? 'group' : 'quiet', words }),
  ];
}

function text({ x, y, style, words }: { x: number; y: number; style: string; words: string }) {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${style}">${escaped}</text>`;
}

function line(style: string, ends: readonly [number, number, number, number]): string {
  const [x1, y1, x2, y2] = ends.map((end) => end.toFixed(1));
  return `<line class="${style}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function publishersOf(publishers: number): string {
  return publishers === 1
    ? 'One publisher that waits for each answer'
    : `${publishers} publishers that each wait for each answer`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

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

/** The parts of a drawing, with its title above and a note below. Readable on light and dark pages. */
export function document({
  width,
  height,
  title,
  subtitle,
  note,
  parts,
}: {
  width: number;
  height: number;
  title: string;
  subtitle: string;
  note: string;
  parts: readonly string[];
}): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
  <style>${STYLE}
  </style>
  ${text({ x: 0, y: 20, style: 'title', words: title })}
  ${text({ x: 0, y: 42, style: 'quiet', words: subtitle })}
  ${parts.join('\n  ')}
  ${text({ x: 0, y: height - 8, style: 'note', words: note })}
</svg>
`;
}

/** A bar. */
export function rect(
  style: string,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): string {
  return `<rect class="${style}" x="${x}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="2"/>`;
}

/** A text. */
export function text({
  x,
  y,
  style,
  words,
}: {
  x: number;
  y: number;
  style: string;
  words: string;
}) {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${style}">${escaped}</text>`;
}

/** A line from one point to another. */
export function line(style: string, ends: readonly [number, number, number, number]): string {
  const [x1, y1, x2, y2] = ends.map((end) => end.toFixed(1));
  return `<line class="${style}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

/** A number with commas between its thousands. */
export function count(number: number): string {
  return number.toLocaleString('en');
}

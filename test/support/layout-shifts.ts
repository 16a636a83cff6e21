import type { Page } from 'playwright-core';

/** Has a page record each layout shift, from its first frame on. */
export async function recordShifts(page: Page): Promise<void> {
  await page.addInitScript(`
    globalThis.shifts = [];
    const nameOf = (node) => {
      const { localName, id, className } = node?.nodeType === 1 ? node : (node?.parentElement ?? {});
      return [localName, id && '#' + id, className && '.' + className].filter(Boolean).join('');
    };
    const keep = (entries) => {
      for (const { value, sources } of entries) {
        const moved = sources.map(({ node, previousRect: { x, y }, currentRect }) =>
          nameOf(node) + ' from ' + [x, y] + ' to ' + [currentRect.x, currentRect.y]);
        shifts.push(value.toFixed(5) + ': ' + moved.join(', '));
      }
    };
    const observer = new PerformanceObserver((list) => keep(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    globalThis.takeShifts = async () => {
      // n.b. the browser reports a shift after the frame that has it
      for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
      keep(observer.takeRecords());
      return shifts.splice(0);
    };
  `);
}

/** Returns the layout shifts since the last call, those right after an input included: what moved, from where and to where. */
export function takeShifts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>('takeShifts()');
}

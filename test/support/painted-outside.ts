import type { Page } from 'playwright-core';

/**
 * Returns what is laid out beyond the sides of the screen, and what elements paint beyond their own boxes:
 * hides every second one of them, and compares the pictures of those between.
 */
export async function findOutside(page: Page, selector: string): Promise<string[]> {
  const every = `[...document.querySelectorAll('${selector}')]`;
  const show = (rest: number, visibility: string) =>
    page.evaluate(`${every}.forEach((element, index) => {
      if (index % 2 === ${rest}) element.style.visibility = '${visibility}';
    })`);
  const found = await page.evaluate<string[]>(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const found = scrollWidth > clientWidth ? ['the page is ' + scrollWidth + ' px wide'] : [];
    for (const element of ${every}) {
      const range = document.createRange();
      range.selectNodeContents(element);
      const beyond = [...range.getClientRects()].find(
        ({ left, right }) => left < 0 || right > clientWidth);
      if (beyond) found.push(element.textContent.slice(0, 40) + ': ' + JSON.stringify(beyond));
    }
    return found;
  })()`);
  for (const rest of [0, 1]) {
    const shown = await page.screenshot({ fullPage: true });
    await show(rest, 'hidden');
    const hidden = await page.screenshot({ fullPage: true });
    const boxes = await page.evaluate<[number, number][]>(`${every}
      .filter((_, index) => index % 2 !== ${rest})
      .map((element) => element.getBoundingClientRect())
      .map(({ top, bottom }) => [Math.ceil(top + scrollY), Math.floor(bottom + scrollY)])`);
    await show(rest, '');
    found.push(...(await rowsThatDiffer(page, { shown, hidden, boxes })));
  }
  return found;
}

/** Returns the rows of boxes in which two pictures of a page differ. */
async function rowsThatDiffer(
  page: Page,
  { shown, hidden, boxes }: { shown: Buffer; hidden: Buffer; boxes: [number, number][] },
): Promise<string[]> {
  const canvas = await page.context().newPage();
  const pictures = [shown, hidden].map((picture) => picture.toString('base64'));
  const rows = await canvas.evaluate<number[]>(`(async () => {
    const [shown, hidden] = await Promise.all(${JSON.stringify(pictures)}.map(async (base64) => {
      const image = new Image();
      image.src = 'data:image/png;base64,' + base64;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      return { pixels: new Uint32Array(data.buffer), width: image.width };
    }));
    const { width } = shown;
    const rows = [];
    for (let row = 0; row < shown.pixels.length / width; row += 1) {
      for (let index = row * width; index < (row + 1) * width; index += 1) {
        if (shown.pixels[index] === hidden.pixels[index]) continue;
        rows.push(row);
        break;
      }
    }
    return rows;
  })()`);
  await canvas.close();
  return rows
    .filter((row) => boxes.some(([top, bottom]) => row >= top && row < bottom))
    .map((row) => `row ${row} differs when the neighbours are hidden`);
}

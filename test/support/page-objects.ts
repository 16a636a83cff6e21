import type { Page } from 'playwright-core';

/** What a page holds, after its garbage is collected. */
export interface PageObjects {
  /** DOM nodes, also those outside the document. */
  readonly nodes: number;
  readonly listeners: number;
  /** JavaScript objects but strings, and but those that stand for nodes, which come and go. */
  readonly objects: number;
  readonly heapBytes: number;
}

/** Counts what a page of Chromium holds. */
export async function countObjects(page: Page): Promise<PageObjects> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await session.send('HeapProfiler.enable');
  const prototype = await session.send('Runtime.evaluate', { expression: 'Object.prototype' });
  const prototypeObjectId = prototype.result.objectId ?? '';
  // n.b. what only weak references and finalizers hold goes with a later collection
  for (let round = 0; round < 3; round += 1) await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  const objectGroup = 'counted';
  const { objects } = await session.send('Runtime.queryObjects', {
    prototypeObjectId,
    objectGroup,
  });
  const { result } = await session.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: `function () {
      return this.filter((object) => !(object instanceof Node || object instanceof DOMTokenList)).length;
    }`,
    returnByValue: true,
  });
  // n.b. else it holds all that it counted
  await session.send('Runtime.releaseObjectGroup', { objectGroup });
  await session.detach();
  return {
    nodes: metric('Nodes'),
    listeners: metric('JSEventListeners'),
    heapBytes: metric('JSHeapUsedSize'),
    objects: Number(result.value),
  };
}

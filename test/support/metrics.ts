/** Returns the value of a metric, named with its labels as in `/metrics`. Rejects if it is missing. */
export async function metricOf(serviceUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`${serviceUrl}/metrics has no ${name}`);
  return Number(line.slice(name.length + 1));
}

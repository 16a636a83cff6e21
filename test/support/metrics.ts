/** The value of a metric, with its labels as `/metrics` writes them; rejects when there's none. */
export async function metricOf(serviceUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${serviceUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`${serviceUrl}/metrics has no ${name}`);
  return Number(line.slice(name.length + 1));
}

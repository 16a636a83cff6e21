/** The message of an error, or the messages of all errors of an `AggregateError`. */
export function explain(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(explain).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}

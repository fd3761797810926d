// What a fetched thing is the answer to, as text.

export function key(...parts: string[]): string {
  return JSON.stringify(parts);
}

/**
 * A record. The time of writing tells it from one of the same step in a run that was started anew.
 */
export function recordKey(run: string, tag: string, step: number, time: number): string {
  return `${key(run, tag)} ${step} ${time}`;
}

/** Whether the key of a record is one of this layer. */
export function isOfLayer(record: string, run: string, tag: string): boolean {
  return record.startsWith(`${key(run, tag)} `);
}

/** Run and tag of the key of a record. */
export function layerOf(record: string): [run: string, tag: string] {
  return JSON.parse(record.split(' ').slice(0, -2).join(' ')) as [string, string];
}

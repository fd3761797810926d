// A list that scrolls, and ends with a whole entry before anybody scrolls it.

export interface Room {
  /** Of the list, in CSS pixels. */
  readonly height: number;
  /** Entries that it has no room for. */
  readonly more: number;
}

/**
 * Room for the entries that end within `height`; `ends` are their lower edges. Where that is not all of
 * them, `line` pixels are left below to say how many are to come.
 */
export function roomFor(ends: readonly number[], height: number, line: number): Room {
  if ((ends.at(-1) ?? 0) <= height) return { height, more: 0 };
  const whole = Math.max(1, ends.filter((end) => end <= height - line).length);
  return { height: ends[whole - 1]!, more: ends.length - whole };
}

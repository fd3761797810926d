// What stands under the bars: tokens, or values as lines.
import type { Sequence, Series } from '../wire/record';

export interface TokenRow {
  readonly kind: 'tokens';
  readonly name: string;
  readonly tokens: readonly string[];
  /** Where both targets and predictions are tokens: whether each was right, if that is known. */
  readonly right: readonly (boolean | undefined)[] | undefined;
}

export interface Line {
  readonly name: string;
  readonly channels: number;
  /** `[length, channels]` */
  readonly values: readonly number[];
}

export interface ValueRow {
  readonly kind: 'values';
  readonly name: string;
  /** Lines on one scale: targets and what was predicted for them belong together. */
  readonly lines: readonly Line[];
}

export type Row = TokenRow | ValueRow;

/** The rows of a sequence from top to bottom; none where the record says nothing about it. */
export function seriesRows(sequence: Sequence, labels: readonly string[]): Row[] {
  const right = correctness(sequence, labels);
  const rows: Row[] = [];
  const kinds = [
    ['input', sequence.inputs],
    ['target', sequence.targets],
    ['predicted', sequence.predictions],
  ] as const;
  for (const [name, series] of kinds) {
    const tokens = tokensOf(series, labels);
    if (tokens) {
      rows.push({ kind: 'tokens', name, tokens, right: name === 'predicted' ? right : undefined });
    } else if (series && series.channels > 0) {
      const line = { name, channels: series.channels, values: series.values };
      const above = rows.at(-1);
      if (name === 'predicted' && above?.kind === 'values' && above.name === 'target') {
        rows[rows.length - 1] = { ...above, lines: [...above.lines, line] };
      } else {
        rows.push({ kind: 'values', name, lines: [line] });
      }
    }
  }
  return rows;
}

/** Labels of a series of tokens; undefined for values and for nothing at all. */
export function tokensOf(
  series: Series | undefined,
  labels: readonly string[],
): string[] | undefined {
  if (!series || series.tokens.length === 0) return undefined;
  return series.tokens.map((token) => labels[token]!);
}

/**
 * Whether each prediction was right: undefined at a step without a target or without a prediction,
 * and as a whole where no step has both. Tokens are compared, not texts: two may read the same.
 */
export function correctness(
  { targets, predictions }: Sequence,
  labels: readonly string[],
): (boolean | undefined)[] | undefined {
  if (!targets?.tokens.length || !predictions?.tokens.length) return undefined;
  const right = targets.tokens.map((target, t) => {
    const prediction = predictions.tokens[t]!;
    // The empty label says that nothing stands there: a target that the loss ignores.
    if (labels[target] === '' || labels[prediction] === '') return undefined;
    return target === prediction;
  });
  return right.some((known) => known !== undefined) ? right : undefined;
}

/** What one step of a series says, in words for a readout; empty where nothing stands there. */
export function entryText(
  series: Series | undefined,
  labels: readonly string[],
  step: number,
  token: (label: string) => string,
  number: (value: number) => string,
): string | undefined {
  if (!series) return undefined;
  if (series.tokens.length > 0) return token(labels[series.tokens[step]!]!);
  if (series.channels === 0) return undefined;
  const values = series.values.slice(step * series.channels, (step + 1) * series.channels);
  const shown = values
    .slice(0, 3)
    .map((value) => number(value))
    .join(', ');
  return values.length > 3 ? `${shown}, …` : shown;
}

/** The same for a file: the whole label, or the values of all channels, as they are. */
export function entryCell(
  series: Series | undefined,
  labels: readonly string[],
  step: number,
): string | number | undefined {
  if (!series) return undefined;
  if (series.tokens.length > 0) return labels[series.tokens[step]!];
  if (series.channels === 1) return series.values[step];
  if (series.channels === 0) return undefined;
  return series.values.slice(step * series.channels, (step + 1) * series.channels).join(' ');
}

// Sums by label, made of single items.
import type { LabelSums } from '../src/api/label_sums';

/** Target, input, lag -> sum and count; "others" has the last place. */
export type Items = Readonly<Record<string, readonly [sum: number, count: number]>>;

/** Sums of items such as `{'( f 3': [4, 2]}`; labels in the order in which they come. */
export function labelSums(items: Items, more: Partial<LabelSums> = {}): LabelSums {
  const entries = Object.entries(items).map(([key, value]) => ({ parts: key.split(' '), value }));
  const names = (place: number): string[] => [
    ...new Set(entries.map(({ parts }) => parts[place]!).filter((name) => name !== 'others')),
  ];
  const [targets, inputs] = [names(0), names(1)];
  const lags = names(2)
    .map(Number)
    .sort((a, b) => a - b);
  const size = (targets.length + 1) * (inputs.length + 1) * lags.length;
  const [sums, counts] = [new Array<number>(size).fill(0), new Array<number>(size).fill(0)];
  const place = (list: string[], name: string): number =>
    name === 'others' ? list.length : list.indexOf(name);
  for (const { parts, value } of entries) {
    const row = place(targets, parts[0]!) * (inputs.length + 1) + place(inputs, parts[1]!);
    const i = row * lags.length + lags.indexOf(Number(parts[2]));
    [sums[i], counts[i]] = value;
  }
  return {
    summed: 2,
    left: 0,
    damaged: 0,
    without_labels: 0,
    steps: [0, 10],
    metric: 'weight',
    lags: lags.map((lag) => [lag, lag]),
    targets: targets.map((label) => ({ label, count: 9, predicted: 9, wrong: 0, said: null })),
    inputs: inputs.map((label) => ({ label, count: 9 })),
    others: { targets: 0, inputs: 0 },
    unlabelled: 0,
    nonfinite: 0,
    sums,
    counts,
    ...more,
  };
}

// The reply of the route `labels` for synthetic records: sums of one metric by label, item by item.
import { decodeElements, unpack } from '../src/wire/elements';
import type { Record } from '../src/wire/rnnbow_pb.js';

const EDGES = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
const TOP = 32;

/** As the backend replies, with everything summed. */
export function labelsReply(records: readonly Partial<Record>[], metric: string): unknown {
  const [targets, inputs] = [new Map<string, number>(), new Map<string, number>()];
  const items: { target: string; input: string; bin: number; value: number }[] = [];
  let longest = 1;
  for (const record of records) {
    const { labels, lags, metrics, sequences } = record as Record;
    const m = metrics.findIndex(({ name }) => name === metric);
    longest = Math.max(longest, lags);
    for (const { length, inputs: x, targets: y, items: stored } of sequences) {
      const values = unpack(decodeElements(stored[m]!, 2), 0, lags, length);
      values.forEach((value, i) => {
        const [lag, cell] = [Math.floor(i / length), i % length];
        if (cell + lag >= length || !x || !y || x.tokens.length === 0) return;
        const [target, input] = [labels[y.tokens[cell + lag]!]!, labels[x.tokens[cell]!]!];
        if (target === '' || input === '' || !Number.isFinite(value)) return;
        const bin = EDGES.findLastIndex((edge) => edge <= lag);
        items.push({ target, input, bin, value: Math.abs(value) });
        targets.set(target, (targets.get(target) ?? 0) + Math.abs(value));
        inputs.set(input, (inputs.get(input) ?? 0) + Math.abs(value));
      });
    }
  }
  const heaviest = (sums: Map<string, number>): string[] =>
    [...sums].sort((a, b) => b[1] - a[1]).map(([label]) => label);
  const rows = heaviest(targets).slice(0, TOP);
  const columns = heaviest(inputs).slice(0, TOP);
  const bins = EDGES.filter((edge) => edge < longest);
  const size = (rows.length + 1) * (columns.length + 1) * bins.length;
  const [sums, counts] = [new Array<number>(size).fill(0), new Array<number>(size).fill(0)];
  const place = (list: string[], label: string): number =>
    list.includes(label) ? list.indexOf(label) : list.length;
  for (const { target, input, bin, value } of items) {
    const row = place(rows, target) * (columns.length + 1) + place(columns, input);
    sums[row * bins.length + bin]! += value;
    counts[row * bins.length + bin]! += 1;
  }
  const count = (label: string): { label: string; count: number } => ({ label, count: 9 });
  return {
    summed: records.length,
    left: 0,
    damaged: 0,
    without_labels: 0,
    steps: [records[0]?.step ?? 0, records.at(-1)?.step ?? 0],
    metric,
    lags: bins.map((edge, i) => [edge, (EDGES[i + 1] ?? Infinity) - 1]),
    targets: rows.map((label) => ({ ...count(label), predicted: 9, wrong: 0, said: null })),
    inputs: columns.map(count),
    others: { targets: targets.size - rows.length, inputs: inputs.size - columns.length },
    unlabelled: 0,
    nonfinite: 0,
    sums,
    counts,
  };
}

// Overviews whose statistics are given, as the rules read them, and lags whose bins are.
import type { Lags } from '../src/wire/lags';
import { Overview } from '../src/wire/overview';
import { type Metric, Scale } from '../src/wire/rnnbow_pb.js';

export const WEIGHT: Metric = {
  name: 'weight',
  label: 'weight gradient',
  unit: '',
  description: '',
  scale: Scale.MAGNITUDE,
};

const RECORD = ['loss', 'error_rate', 'nonfinite', 'cancellation'] as const;
const METRIC = ['maximum', 'mean', 'effective_horizon'] as const;

type Name = (typeof RECORD)[number] | (typeof METRIC)[number];

/** One metric; what is not given is 0. `without`: statistics that an older log does not have. */
export function overviewWith(
  columns: Partial<Record<Name, readonly number[]>>,
  { metric = WEIGHT, without = [] as readonly Name[], steps = [] as readonly number[] } = {},
): Overview {
  const count = Object.values(columns)[0]!.length;
  const record = RECORD.filter((name) => !without.includes(name));
  const names = [...record, ...METRIC];
  const numbers = names.map((name) =>
    Float32Array.from({ length: count }, (_, i) => columns[name]?.[i] ?? 0),
  );
  const at = steps.length > 0 ? steps : Array.from({ length: count }, (_, i) => 10 * i);
  return new Overview(
    {
      layer: undefined,
      record_statistics: [...record],
      metrics: [metric],
      metric_statistics: [...METRIC],
      lag_edges: [0, 1],
    },
    at,
    numbers,
    0,
    1,
  );
}

/** Of records with these sums by lag, each in a column of its own. NaN where one has no such lag. */
export function lagsOf(
  bins: readonly (readonly number[])[],
  {
    signed = false,
    edges = [0, 1, 2, 3] as readonly number[],
    steps = [] as readonly number[],
  } = {},
): Lags {
  const total = (of: readonly number[]): number =>
    of.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : Math.abs(value)), 0);
  // Of a record that is not finite all are NaN, or one is infinite.
  const finite = bins.map((of) => Number.isFinite(total(of)) && !of.every(Number.isNaN));
  const shares = bins.map((of, i) =>
    of.map((value) => (finite[i] && total(of) > 0 ? value / (signed ? 1 : total(of)) : NaN)),
  );
  const at = steps.length > 0 ? steps : bins.map((_, i) => 10 * i);
  const known = shares.flat().filter(Number.isFinite);
  return {
    ...{ edges, firstBin: 0, bins: bins[0]?.length ?? 0, firstSteps: at, lastSteps: at },
    records: bins.map(() => 1),
    counted: bins.map((of, i) => (finite[i] && total(of) > 0 ? 1 : 0)),
    broken: finite.map((is) => (is ? 0 : 1)),
    shares: Float32Array.from(shares.flat()),
    held: shares.flat().map((share) => (Number.isNaN(share) ? 0 : 1)),
    highest: Math.max(0, ...known),
    lowest: Math.min(0, ...known),
  };
}

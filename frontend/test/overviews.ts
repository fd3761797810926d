// Overviews whose statistics are given, as the rules read them.
import { Overview } from '../src/wire/overview';
import { type Metric, Scale } from '../src/wire/rnnbow_pb.js';

export const WEIGHT: Metric = {
  name: 'weight',
  label: 'weight gradient',
  unit: '',
  description: '',
  scale: Scale.MAGNITUDE,
};

const RECORD = ['first_bin', 'loss', 'error_rate', 'nonfinite', 'cancellation'] as const;
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
  const vectors = new Float32Array(count * names.length);
  names.forEach((name, k) => {
    columns[name]?.forEach((value, i) => (vectors[i * names.length + k] = value));
  });
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
    at,
    0,
    vectors,
    names.length,
  );
}

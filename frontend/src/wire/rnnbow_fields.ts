// generated from rnnbow.proto
import type { Fields } from './message';

export const MetricFields: Fields = {
  1: ['name', 'string'],
  2: ['label', 'string'],
  3: ['unit', 'string'],
  4: ['description', 'string'],
  5: ['scale', 'uint32'],
};

export const LayerFields: Fields = {
  1: ['cell', 'string'],
  2: ['hidden_size', 'uint32'],
};

export const SeriesFields: Fields = {
  1: ['tokens', 'uint32', 'many'],
  2: ['channels', 'uint32'],
  3: ['values', 'float', 'many'],
};

export const SequenceFields: Fields = {
  1: ['index', 'uint32'],
  2: ['length', 'uint32'],
  3: ['inputs', SeriesFields],
  4: ['targets', SeriesFields],
  5: ['predictions', SeriesFields],
  6: ['losses', 'float', 'many'],
  7: ['items', 'bytes', 'many'],
};

export const RecordFields: Fields = {
  1: ['layer', LayerFields],
  2: ['step', 'uint64'],
  3: ['element_type', 'uint32'],
  4: ['metrics', MetricFields, 'many'],
  5: ['cells', 'uint32'],
  6: ['first_lag', 'sint32'],
  7: ['lags', 'uint32'],
  8: ['labels', 'string', 'many'],
  9: ['sequences', SequenceFields, 'many'],
  10: ['batch_size', 'uint32'],
  11: ['loss', 'double', 'maybe'],
  12: ['weight_grad_norm', 'double', 'maybe'],
  13: ['completeness_error', 'double', 'maybe'],
  14: ['lags_omitted', 'bool'],
  15: ['micro_batches', 'uint32'],
  16: ['ranks', 'uint32'],
  17: ['step_skipped', 'bool'],
  18: ['tolerance', 'double'],
  19: ['dropped_share', 'double', 'maybe'],
};

export const OverviewLayoutFields: Fields = {
  1: ['layer', LayerFields],
  2: ['record_statistics', 'string', 'many'],
  3: ['metrics', MetricFields, 'many'],
  4: ['metric_statistics', 'string', 'many'],
  5: ['lag_edges', 'uint32', 'many'],
};

export const OverviewFields: Fields = {
  1: ['layout', OverviewLayoutFields],
  2: ['steps', 'uint64', 'many'],
  3: ['statistics', 'bytes', 'many'],
  4: ['first_bin', 'sint32'],
  5: ['bins', 'uint32'],
};

export const LagColumnsFields: Fields = {
  1: ['lag_edges', 'uint32', 'many'],
  2: ['first_bin', 'sint32'],
  3: ['bins', 'uint32'],
  4: ['first_steps', 'uint64', 'many'],
  5: ['last_steps', 'uint64', 'many'],
  6: ['records', 'uint32', 'many'],
  7: ['counted', 'uint32', 'many'],
  8: ['broken', 'uint32', 'many'],
  9: ['shares', 'bytes'],
  10: ['held', 'uint32', 'many'],
  11: ['highest', 'float'],
  12: ['lowest', 'float'],
};

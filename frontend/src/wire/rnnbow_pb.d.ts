// generated from rnnbow.proto
import type { PbfReader, PbfWriter } from 'pbf';

export declare const ElementType: {
  readonly ELEMENT_TYPE_UNSPECIFIED: 0;
  readonly BFLOAT16: 1;
  readonly FLOAT32: 2;
};

export declare const Scale: {
  readonly SCALE_UNSPECIFIED: 0;
  readonly MAGNITUDE: 1;
  readonly SHARE: 2;
};

export interface Metric {
  name: string;
  label: string;
  unit: string;
  description: string;
  scale: number;
}
export declare function readMetric(pbf: PbfReader, end?: number): Metric;
export declare function writeMetric(obj: Partial<Metric>, pbf: PbfWriter): void;

export interface Layer {
  cell: string;
  hidden_size: number;
}
export declare function readLayer(pbf: PbfReader, end?: number): Layer;
export declare function writeLayer(obj: Partial<Layer>, pbf: PbfWriter): void;

export interface Series {
  tokens: number[];
  channels: number;
  values: number[];
}
export declare function readSeries(pbf: PbfReader, end?: number): Series;
export declare function writeSeries(obj: Partial<Series>, pbf: PbfWriter): void;

export interface Sequence {
  index: number;
  length: number;
  inputs: Series | undefined;
  targets: Series | undefined;
  predictions: Series | undefined;
  losses: number[];
  items: Uint8Array[];
}
export declare function readSequence(pbf: PbfReader, end?: number): Sequence;
export declare function writeSequence(obj: Partial<Sequence>, pbf: PbfWriter): void;

export interface Record {
  layer: Layer | undefined;
  step: number;
  element_type: number;
  metrics: Metric[];
  cells: number;
  first_lag: number;
  lags: number;
  labels: string[];
  sequences: Sequence[];
  batch_size: number;
  loss: number | undefined;
  weight_grad_norm: number | undefined;
  completeness_error: number | undefined;
  lags_omitted: boolean;
  micro_batches: number;
  ranks: number;
  step_skipped: boolean;
  tolerance: number;
  dropped_share: number | undefined;
}
export declare function readRecord(pbf: PbfReader, end?: number): Record;
export declare function writeRecord(obj: Partial<Record>, pbf: PbfWriter): void;

export interface OverviewLayout {
  layer: Layer | undefined;
  record_statistics: string[];
  metrics: Metric[];
  metric_statistics: string[];
  lag_edges: number[];
}
export declare function readOverviewLayout(pbf: PbfReader, end?: number): OverviewLayout;
export declare function writeOverviewLayout(obj: Partial<OverviewLayout>, pbf: PbfWriter): void;

export interface Overview {
  layout: OverviewLayout | undefined;
  steps: number[];
  statistics: Uint8Array[];
  first_bin: number;
  bins: number;
}
export declare function readOverview(pbf: PbfReader, end?: number): Overview;
export declare function writeOverview(obj: Partial<Overview>, pbf: PbfWriter): void;

export interface LagColumns {
  lag_edges: number[];
  first_bin: number;
  bins: number;
  first_steps: number[];
  last_steps: number[];
  records: number[];
  counted: number[];
  broken: number[];
  shares: Uint8Array | undefined;
  held: number[];
  highest: number;
  lowest: number;
}
export declare function readLagColumns(pbf: PbfReader, end?: number): LagColumns;
export declare function writeLagColumns(obj: Partial<LagColumns>, pbf: PbfWriter): void;

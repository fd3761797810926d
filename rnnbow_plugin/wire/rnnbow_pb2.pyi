from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ElementType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ELEMENT_TYPE_UNSPECIFIED: _ClassVar[ElementType]
    BFLOAT16: _ClassVar[ElementType]
    FLOAT32: _ClassVar[ElementType]

class Scale(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCALE_UNSPECIFIED: _ClassVar[Scale]
    MAGNITUDE: _ClassVar[Scale]
    SHARE: _ClassVar[Scale]
ELEMENT_TYPE_UNSPECIFIED: ElementType
BFLOAT16: ElementType
FLOAT32: ElementType
SCALE_UNSPECIFIED: Scale
MAGNITUDE: Scale
SHARE: Scale

class Metric(_message.Message):
    __slots__ = ("name", "label", "unit", "description", "scale")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    name: str
    label: str
    unit: str
    description: str
    scale: Scale
    def __init__(self, name: _Optional[str] = ..., label: _Optional[str] = ..., unit: _Optional[str] = ..., description: _Optional[str] = ..., scale: _Optional[_Union[Scale, str]] = ...) -> None: ...

class Layer(_message.Message):
    __slots__ = ("cell", "hidden_size")
    CELL_FIELD_NUMBER: _ClassVar[int]
    HIDDEN_SIZE_FIELD_NUMBER: _ClassVar[int]
    cell: str
    hidden_size: int
    def __init__(self, cell: _Optional[str] = ..., hidden_size: _Optional[int] = ...) -> None: ...

class Series(_message.Message):
    __slots__ = ("tokens", "channels", "values")
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    tokens: _containers.RepeatedScalarFieldContainer[int]
    channels: int
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, tokens: _Optional[_Iterable[int]] = ..., channels: _Optional[int] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class Sequence(_message.Message):
    __slots__ = ("index", "length", "inputs", "targets", "predictions", "losses", "items")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    LOSSES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    index: int
    length: int
    inputs: Series
    targets: Series
    predictions: Series
    losses: _containers.RepeatedScalarFieldContainer[float]
    items: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, index: _Optional[int] = ..., length: _Optional[int] = ..., inputs: _Optional[_Union[Series, _Mapping]] = ..., targets: _Optional[_Union[Series, _Mapping]] = ..., predictions: _Optional[_Union[Series, _Mapping]] = ..., losses: _Optional[_Iterable[float]] = ..., items: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ("layer", "step", "element_type", "metrics", "cells", "first_lag", "lags", "labels", "sequences", "batch_size", "loss", "weight_grad_norm", "completeness_error", "lags_omitted", "micro_batches", "ranks", "step_skipped", "tolerance", "dropped_share")
    LAYER_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    FIRST_LAG_FIELD_NUMBER: _ClassVar[int]
    LAGS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_GRAD_NORM_FIELD_NUMBER: _ClassVar[int]
    COMPLETENESS_ERROR_FIELD_NUMBER: _ClassVar[int]
    LAGS_OMITTED_FIELD_NUMBER: _ClassVar[int]
    MICRO_BATCHES_FIELD_NUMBER: _ClassVar[int]
    RANKS_FIELD_NUMBER: _ClassVar[int]
    STEP_SKIPPED_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    DROPPED_SHARE_FIELD_NUMBER: _ClassVar[int]
    layer: Layer
    step: int
    element_type: ElementType
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    cells: int
    first_lag: int
    lags: int
    labels: _containers.RepeatedScalarFieldContainer[str]
    sequences: _containers.RepeatedCompositeFieldContainer[Sequence]
    batch_size: int
    loss: float
    weight_grad_norm: float
    completeness_error: float
    lags_omitted: bool
    micro_batches: int
    ranks: int
    step_skipped: bool
    tolerance: float
    dropped_share: float
    def __init__(self, layer: _Optional[_Union[Layer, _Mapping]] = ..., step: _Optional[int] = ..., element_type: _Optional[_Union[ElementType, str]] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ..., cells: _Optional[int] = ..., first_lag: _Optional[int] = ..., lags: _Optional[int] = ..., labels: _Optional[_Iterable[str]] = ..., sequences: _Optional[_Iterable[_Union[Sequence, _Mapping]]] = ..., batch_size: _Optional[int] = ..., loss: _Optional[float] = ..., weight_grad_norm: _Optional[float] = ..., completeness_error: _Optional[float] = ..., lags_omitted: bool = ..., micro_batches: _Optional[int] = ..., ranks: _Optional[int] = ..., step_skipped: bool = ..., tolerance: _Optional[float] = ..., dropped_share: _Optional[float] = ...) -> None: ...

class OverviewLayout(_message.Message):
    __slots__ = ("layer", "record_statistics", "metrics", "metric_statistics", "lag_edges")
    LAYER_FIELD_NUMBER: _ClassVar[int]
    RECORD_STATISTICS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    METRIC_STATISTICS_FIELD_NUMBER: _ClassVar[int]
    LAG_EDGES_FIELD_NUMBER: _ClassVar[int]
    layer: Layer
    record_statistics: _containers.RepeatedScalarFieldContainer[str]
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    metric_statistics: _containers.RepeatedScalarFieldContainer[str]
    lag_edges: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, layer: _Optional[_Union[Layer, _Mapping]] = ..., record_statistics: _Optional[_Iterable[str]] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ..., metric_statistics: _Optional[_Iterable[str]] = ..., lag_edges: _Optional[_Iterable[int]] = ...) -> None: ...

class Overview(_message.Message):
    __slots__ = ("layout", "steps", "statistics", "first_bin", "bins")
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    FIRST_BIN_FIELD_NUMBER: _ClassVar[int]
    BINS_FIELD_NUMBER: _ClassVar[int]
    layout: OverviewLayout
    steps: _containers.RepeatedScalarFieldContainer[int]
    statistics: _containers.RepeatedScalarFieldContainer[bytes]
    first_bin: int
    bins: int
    def __init__(self, layout: _Optional[_Union[OverviewLayout, _Mapping]] = ..., steps: _Optional[_Iterable[int]] = ..., statistics: _Optional[_Iterable[bytes]] = ..., first_bin: _Optional[int] = ..., bins: _Optional[int] = ...) -> None: ...

class LagColumns(_message.Message):
    __slots__ = ("lag_edges", "first_bin", "bins", "first_steps", "last_steps", "records", "counted", "broken", "shares", "held", "highest", "lowest")
    LAG_EDGES_FIELD_NUMBER: _ClassVar[int]
    FIRST_BIN_FIELD_NUMBER: _ClassVar[int]
    BINS_FIELD_NUMBER: _ClassVar[int]
    FIRST_STEPS_FIELD_NUMBER: _ClassVar[int]
    LAST_STEPS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    BROKEN_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_FIELD_NUMBER: _ClassVar[int]
    LOWEST_FIELD_NUMBER: _ClassVar[int]
    lag_edges: _containers.RepeatedScalarFieldContainer[int]
    first_bin: int
    bins: int
    first_steps: _containers.RepeatedScalarFieldContainer[int]
    last_steps: _containers.RepeatedScalarFieldContainer[int]
    records: _containers.RepeatedScalarFieldContainer[int]
    counted: _containers.RepeatedScalarFieldContainer[int]
    broken: _containers.RepeatedScalarFieldContainer[int]
    shares: bytes
    held: _containers.RepeatedScalarFieldContainer[int]
    highest: float
    lowest: float
    def __init__(self, lag_edges: _Optional[_Iterable[int]] = ..., first_bin: _Optional[int] = ..., bins: _Optional[int] = ..., first_steps: _Optional[_Iterable[int]] = ..., last_steps: _Optional[_Iterable[int]] = ..., records: _Optional[_Iterable[int]] = ..., counted: _Optional[_Iterable[int]] = ..., broken: _Optional[_Iterable[int]] = ..., shares: _Optional[bytes] = ..., held: _Optional[_Iterable[int]] = ..., highest: _Optional[float] = ..., lowest: _Optional[float] = ...) -> None: ...

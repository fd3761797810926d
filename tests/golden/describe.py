"""A decoded record as JSON, for comparison between decoders."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbow_plugin.wire import Record, Sequence, Series, Tokens


def describe(record: Record, element_type: str) -> dict[str, Any]:
    """All of `record` in JSON's types; NaN and the infinities are strings."""
    return {
        "element_type": element_type,
        "layer": {"cell": record.layer.cell, "hidden_size": record.layer.hidden_size},
        "step": record.step,
        "metrics": [
            {
                "name": metric.name,
                "label": metric.label,
                "unit": metric.unit,
                "description": metric.description,
                "scale": metric.scale.name,
            }
            for metric in record.metrics
        ],
        "cells": record.cells,
        "first_lag": record.first_lag,
        "lags": record.lags,
        "labels": list(record.labels),
        "sequences": [_sequence(sequence) for sequence in record.sequences],
        "batch_size": record.batch_size,
        "loss": _optional(record.loss),
        "weight_grad_norm": _optional(record.weight_grad_norm),
        "completeness_error": _optional(record.completeness_error),
        "lags_omitted": record.lags_omitted,
        "micro_batches": record.micro_batches,
        "ranks": record.ranks,
        "step_skipped": record.step_skipped,
        "tolerance": record.tolerance,
        "dropped_share": _optional(record.dropped_share),
    }


def _sequence(sequence: Sequence) -> dict[str, Any]:
    return {
        "index": sequence.index,
        "length": sequence.length,
        "inputs": _series(sequence.inputs),
        "targets": _series(sequence.targets),
        "predictions": _series(sequence.predictions),
        "losses": None if sequence.losses is None else _numbers(sequence.losses),
        "items": _numbers(sequence.items),
    }


def _series(series: Series | None) -> dict[str, Any] | None:
    if series is None:
        return None
    if isinstance(series, Tokens):
        return {"tokens": series.indices.tolist()}
    return {"channels": series.values.shape[1], "values": _numbers(series.values)}


def _numbers(array: NDArray[np.float32]) -> Any:
    if array.ndim > 1:
        return [_numbers(row) for row in array]
    return [_number(value) for value in array.tolist()]


def _optional(value: float | None) -> float | str | None:
    return None if value is None else _number(value)


def _number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value

// Scales and ticks. A scale maps values to pixels; `start` is where the axis begins.
import { columnFormat, formatNumber, powerOfTen, withMinus } from './format';

export interface Tick {
  readonly value: number;
  readonly label: string;
}

export interface Axis {
  readonly position: (value: number) => number;
  readonly ticks: readonly Tick[];
  /** Power of ten that all labels leave out, shown once at the axis; 0 where there is none. */
  readonly exponent: number;
}

/** 1, 2 or 5 times a power of ten, so that `range` has about `count` of them. */
export function tickStep(range: number, count: number): number {
  const raw = range / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = raw / power;
  // Boundaries are geometric means, as in every other library: sqrt(2), sqrt(10), sqrt(50).
  return power * (factor >= 7.07 ? 10 : factor >= 3.16 ? 5 : factor >= 1.41 ? 2 : 1);
}

export function linearAxis(
  domain: readonly [number, number],
  range: readonly [number, number],
  count: number,
): Axis {
  const [low, high] = domain;
  const span = high - low;
  const position = (value: number): number =>
    span === 0 ? range[0] : range[0] + ((value - low) / span) * (range[1] - range[0]);
  if (!(span > 0))
    return { position, ticks: [{ value: low, label: formatNumber(low) }], exponent: 0 };
  const step = tickStep(span, count);
  const largest = Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high))));
  const exponent = largest >= -1 && largest < 4 ? 0 : largest;
  const digits = Math.max(0, exponent - Math.floor(Math.log10(step) + 1e-9));
  const ticks: Tick[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    const value = i * step + 0; // + 0: a tick at -0 reads 0
    const text = (value / 10 ** exponent).toFixed(Math.min(digits, 12));
    ticks.push({ value, label: withMinus(text) });
  }
  return { position, ticks, exponent };
}

export function logAxis(
  domain: readonly [number, number],
  range: readonly [number, number],
  count: number,
): Axis {
  const [low, high] = domain.map(Math.log10) as [number, number];
  const position = (value: number): number =>
    value <= 0
      ? range[0]
      : range[0] + ((Math.log10(value) - low) / (high - low || 1)) * (range[1] - range[0]);
  const first = Math.ceil(low - 1e-9);
  const last = Math.floor(high + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / Math.max(1, count)));
  const values: number[] = [];
  for (let power = first; power <= last; power += stride) values.push(10 ** power);
  let format = (value: number): string => powerOfTen(Math.round(Math.log10(value)));
  // Less than a decade in view: one power of ten, or none, says too little.
  if (values.length < 2) {
    for (const factor of [2, 5]) {
      for (let power = Math.floor(low); power <= last; power++) {
        const value = factor * 10 ** power;
        if (Math.log10(value) >= low && Math.log10(value) <= high) values.push(value);
      }
    }
    values.sort((a, b) => a - b);
    // One notation for all of them.
    format = columnFormat(values, 1);
  }
  return { position, ticks: values.map((value) => ({ value, label: format(value) })), exponent: 0 };
}

export function percentAxis(
  domain: readonly [number, number],
  range: readonly [number, number],
  count: number,
): Axis {
  const percent = linearAxis([domain[0] * 100, domain[1] * 100], range, count);
  return {
    position: (value) => percent.position(value * 100),
    ticks: percent.ticks.map(({ value, label }) => ({
      value: value / 100,
      label: percent.exponent === 0 ? `${label} %` : `${formatNumber(value, 2)} %`,
    })),
    exponent: 0,
  };
}

/** A log axis of parts of a whole: "10 %", "0.1 %". */
export function percentLogAxis(
  domain: readonly [number, number],
  range: readonly [number, number],
  count: number,
): Axis {
  const percent = logAxis([domain[0] * 100, domain[1] * 100], range, count);
  return {
    position: (value) => percent.position(value * 100),
    ticks: percent.ticks.map(({ value, label }) => ({
      value: value / 100,
      // Few people read 10⁻¹ % at once.
      label: `${value > 0.0005 && value < 50000 ? String(Number(value.toPrecision(1))) : label} %`,
    })),
    exponent: 0,
  };
}

// Numbers, steps and tokens as people read them.
import { oncePer } from './once';

const SUPERSCRIPTS = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

export function superscript(value: number): string {
  const digits = Array.from(String(Math.abs(value)), (digit) => SUPERSCRIPTS[Number(digit)]).join(
    '',
  );
  return value < 0 ? `⁻${digits}` : digits;
}

export function powerOfTen(exponent: number): string {
  return `10${superscript(exponent)}`;
}

/** A hyphen is no minus: it is shorter, and lines may break after it. */
export function withMinus(text: string): string {
  return text.replaceAll('-', '−');
}

// toLocaleString makes one at every call.
const GROUPED = new Intl.NumberFormat('en-US');

/** 1600 -> "1,600". */
export function formatStep(step: number): string {
  return withMinus(GROUPED.format(step));
}

/** -3 -> "−3". */
export function formatLag(lag: number): string {
  return withMinus(String(lag));
}

/** Power of ten down to which a single number does without one. */
const LEAST = -3;

/** `digits` significant digits, with a power of ten where the plain number would be long. */
export function formatNumber(value: number, digits = 3): string {
  return formatAs(value, digits, isPlain(value, digits, LEAST));
}

function formatAs(value: number, digits: number, plain: boolean): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  const power = Number(exponent);
  const text = plain
    ? value.toFixed(Math.max(0, digits - 1 - power))
    : `${mantissa}×${powerOfTen(power)}`;
  return withMinus(text);
}

function isPlain(value: number, digits: number, least: number): boolean {
  if (value === 0 || !Number.isFinite(value)) return true;
  const power = Number(value.toExponential(digits - 1).split('e')[1]);
  return power >= least && power < 5;
}

/** `digits` significant digits of a part of 100 %: 0.1234 -> "12.3 %". */
export function formatPercent(value: number, digits = 3): string {
  return Number.isFinite(value) ? `${formatNumber(value * 100, digits)} %` : formatNumber(value);
}

/** A number that a person has set, with the digits that it was set with: 1e-6 -> "10⁻⁶". */
export function formatSetting(value: number): string {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  if (Number(exponent) >= LEAST) return String(value);
  return `${mantissa === '1' ? '' : `${mantissa}×`}${powerOfTen(Number(exponent))}`;
}

/** Power of ten down to which a column of numbers does without powers of ten. */
const COLUMN_LEAST = -6;

/**
 * A format for all numbers of one column: with powers of ten in every one of them or in none, so
 * that the eye can compare them.
 */
export function columnFormat(values: readonly number[], digits = 3): (value: number) => string {
  const plain = values.every((value) => isPlain(value, digits, COLUMN_LEAST));
  return (value) => formatAs(value, digits, plain);
}

/** Power of ten of the per cent under which a column only says that there is less than that. */
const PERCENT_LEAST = -4;

/** The same for parts of 100 %, where those far below the largest need no digits. */
export function percentColumnFormat(values: readonly number[]): (value: number) => string {
  const finite = values.filter(Number.isFinite).map((value) => Math.abs(value) * 100);
  const largest = finite.reduce((a, b) => Math.max(a, b), 0);
  const format = columnFormat(finite);
  if (largest < 100 * 10 ** PERCENT_LEAST || largest >= 1e5) {
    return (value) => (Number.isFinite(value) ? `${format(value * 100)} %` : format(value));
  }
  const least = `${(10 ** PERCENT_LEAST).toFixed(-PERCENT_LEAST)} %`;
  return (value) => {
    if (!Number.isFinite(value)) return formatNumber(value);
    const percent = Math.abs(value) * 100;
    if (percent === 0 || percent >= 10 ** PERCENT_LEAST) {
      return `${formatAs(value * 100, 3, true)} %`;
    }
    return value > 0 ? `< ${least}` : `> −${least}`;
  };
}

/** Whole numbers as such where all of `values` are: "12", not "12.0". */
export const scalarFormat = oncePer((values: readonly number[]): ((value: number) => string) => {
  const whole = values.every((value) => Number.isInteger(value) || !Number.isFinite(value));
  return (value) => (whole && Number.isFinite(value) ? formatStep(value) : formatNumber(value));
});

const VISIBLE = new Map([
  [' ', '␣'],
  ['\n', '⏎'],
  ['\t', '⇥'],
  ['\u00a0', '⍽'],
]);

/** Controls, format characters (zero width, direction), line separators and unusual spaces. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}\p{Cs}]/u;

/**
 * A token with nothing invisible in it: "a b" -> "a␣b", other such characters as \xNN or \uNNNN.
 * The empty one, which says that nothing stands there, stays empty.
 */
export function visibleToken(token: string): string {
  let text = '';
  for (const character of token) text += VISIBLE.get(character) ?? escaped(character, token);
  return text;
}

function escaped(character: string, token: string): string {
  // Within a longer token it joins the parts of one picture.
  const joins = character === '\u200d' && token.length > 1;
  if (joins || !INVISIBLE.test(character)) return character;
  const code = character.codePointAt(0)!.toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}

/**
 * A name from the log, as one piece of text: what would turn the direction of its neighbours, end
 * the line or not be seen at all stands there as \xNN or \uNNNN. Spaces are usual in names.
 */
export function visibleName(name: string): string {
  let text = '';
  for (const character of name) text += character === ' ' ? ' ' : escaped(character, name);
  return text;
}

/** A token for a screen reader, which says nothing at all for most of these signs. */
export function spokenToken(token: string): string {
  if (token === ' ') return 'space';
  if (token === '\n') return 'newline';
  if (token === '\t') return 'tab';
  if (token === '') return 'nothing';
  return visibleToken(token);
}

const CELLS = new Map([
  ['RNN_TANH', 'RNN (tanh)'],
  ['RNN_RELU', 'RNN (ReLU)'],
  ['custom', 'custom cell'],
]);

/** A cell kind for people; an unknown one is shown as it is. */
export function cellName(kind: string): string {
  return CELLS.get(kind) ?? visibleName(kind);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatStep(count)} ${count === 1 ? one : many}`;
}

/** Where the losses of these lags lie, seen from the cell: a reverse direction has them behind it. */
export function side(firstLag: number, lastLag: number): string {
  if (firstLag >= 0) return 'ahead of the cell';
  return lastLag <= 0 ? 'behind the cell' : 'before or after the cell';
}

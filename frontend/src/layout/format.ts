// Numbers, steps and tokens as people read them.

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

/** 1600 -> "1,600". */
export function formatStep(step: number): string {
  return step.toLocaleString('en-US');
}

/** `digits` significant digits, with a power of ten where the plain number would be long. */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  const power = Number(exponent);
  const plain = power >= -3 && power < 5;
  const text = plain
    ? value.toFixed(Math.max(0, digits - 1 - power))
    : `${mantissa}×${powerOfTen(power)}`;
  return text.replace('-', '−');
}

/** 0.1234 -> "12.3 %". */
export function formatPercent(value: number, digits = 1): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  return `${(value * 100).toFixed(digits).replace('-', '−')} %`;
}

const VISIBLE = new Map([
  [' ', '␣'],
  ['\n', '⏎'],
  ['\t', '⇥'],
  ['\u00a0', '⍽'],
]);

/** A token with nothing invisible in it: "a b" -> "a␣b", other control characters as \xNN. */
export function visibleToken(token: string): string {
  if (token === '') return '∅';
  let text = '';
  for (const character of token) {
    const code = character.codePointAt(0)!;
    const control = code < 32 || (code >= 127 && code < 160);
    text +=
      VISIBLE.get(character) ?? (control ? `\\x${code.toString(16).padStart(2, '0')}` : character);
  }
  return text;
}

/** The same for a screen reader, which says nothing at all for most of these signs. */
export function spokenToken(token: string): string {
  if (token === ' ') return 'space';
  if (token === '\n') return 'newline';
  if (token === '\t') return 'tab';
  if (token === '') return 'empty';
  return visibleToken(token);
}

const CELLS = new Map([
  ['RNN_TANH', 'RNN (tanh)'],
  ['RNN_RELU', 'RNN (ReLU)'],
]);

/** A cell kind for people; an unknown one is shown as it is. */
export function cellName(kind: string): string {
  return CELLS.get(kind) ?? kind;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatStep(count)} ${count === 1 ? one : many}`;
}

// All colours of the page but the palettes of the lag: for CSS as custom properties (`--text`), for
// canvases as they stand. TensorBoard's own, where they pass 4.5 to 1 for text.

export interface Theme {
  readonly name: 'light' | 'dark';
  readonly background: string;
  readonly panel: string;
  readonly raised: string;
  readonly border: string;
  readonly control: string;
  readonly grid: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly good: string;
  readonly bad: string;
  readonly badSoft: string;
  /** Ends of what goes from one sign to the other; neither is red, which says that something is wrong. */
  readonly positive: string;
  readonly negative: string;
  /** Second curve of a plot: the loss. */
  readonly second: string;
  /** A line fitted to what is drawn: a colour that no palette of the lag has in its middle. */
  readonly fit: string;
  /** Around the bands of the isolated source. */
  readonly outline: string;
  /** Laid over everything else while one source is isolated; with alpha. */
  readonly wash: string;
  /** The part of the palette that is used: its one end would vanish in a dark page, its other in a light one. */
  readonly palette: readonly [start: number, end: number];
  readonly runs: readonly string[];
}

export const LIGHT: Theme = {
  name: 'light',
  background: '#ffffff',
  panel: '#f5f5f5',
  raised: '#ffffff',
  border: '#e0e0e0',
  control: '#8a8a8a',
  grid: '#ececec',
  text: '#212121',
  muted: '#616161',
  accent: '#1565c0',
  accentSoft: '#e3f0fc',
  good: '#2e7d32',
  bad: '#c62828',
  badSoft: '#fdecea',
  positive: '#08519c',
  negative: '#a34700',
  second: '#6b6b6b',
  fit: '#d81b60',
  outline: '#111111',
  wash: 'rgb(255 255 255 / 0.74)',
  palette: [0, 0.94],
  runs: ['#425066', '#12b5cb', '#e52592', '#f9ab00', '#9334e6', '#7cb342', '#e8710a'],
};

export const DARK: Theme = {
  name: 'dark',
  background: '#303030',
  panel: '#3a3a3a',
  raised: '#424242',
  border: '#555555',
  control: '#9e9e9e',
  grid: '#434343',
  text: '#f1f1f1',
  muted: '#c0c0c0',
  accent: '#7cbcf5',
  accentSoft: '#2b4258',
  good: '#8bcf8f',
  bad: '#ff9d94',
  badSoft: '#4d3230',
  positive: '#74b9ff',
  negative: '#ffa94d',
  second: '#b5b5b5',
  fit: '#ff7ab2',
  outline: '#ffffff',
  wash: 'rgb(48 48 48 / 0.76)',
  palette: [0.09, 1],
  runs: ['#8e98a3', '#12b5cb', '#f26db5', '#f9ab00', '#b985ee', '#7cb342', '#e8710a'],
};

export const SANS = 'Roboto, "Segoe UI", "Helvetica Neue", Arial, sans-serif';
export const MONO = '"Roboto Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';

/** Colours as CSS custom properties of the document: `accentSoft` is `--accent-soft`. */
export function applyTheme(theme: Theme): void {
  const { style } = document.documentElement;
  for (const [key, value] of Object.entries(theme)) {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value === 'string' && value !== theme.name) style.setProperty(`--${name}`, value);
  }
  style.colorScheme = theme.name;
}

/** TensorBoard gives its runs these colours in turn. */
export function runColour(theme: Theme, place: number): string {
  return theme.runs[Math.max(0, place) % theme.runs.length]!;
}

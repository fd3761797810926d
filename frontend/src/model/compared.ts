// The runs beside the chosen one, and how they are written in the address: `rnn,gru@1200`.

/** A run that is shown beside the chosen one. */
export interface Compared {
  readonly run: string;
  /** Its own step; absent: the one nearest to that of the chosen run. */
  readonly step: number | undefined;
}

/** As many as there are colours of runs, the chosen one among them. */
export const MOST_COMPARED = 6;

export function encodeCompared(compared: readonly Compared[]): string {
  return compared
    .map(({ run, step }) => `${plain(run)}${step === undefined ? '' : `@${step}`}`)
    .join(',');
}

/** The inverse; what cannot be understood is left out, as is a run that was named before. */
export function decodeCompared(text: string): readonly Compared[] {
  const found = new Map<string, Compared>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [name, step, ...more] = part.split('@');
    const run = read(name!);
    if (run === undefined || more.length > 0 || !/^\d{0,16}$/.test(step ?? '')) continue;
    if (found.has(run) || found.size === MOST_COMPARED) continue;
    found.set(run, { run, step: step === undefined || step === '' ? undefined : Number(step) });
  }
  return [...found.values()];
}

/** With `run` in it or not; the last of too many makes room for it. */
export function toggled(compared: readonly Compared[], run: string): readonly Compared[] {
  const others = compared.filter((each) => each.run !== run);
  if (others.length < compared.length) return others;
  return [...others.slice(0, MOST_COMPARED - 1), { run, step: undefined }];
}

/** A name in which only what separates names is replaced: a run is called `lr=0.1/a` in peace. */
function plain(run: string): string {
  return run.replace(/[%,@]/g, (sign) => encodeURIComponent(sign));
}

function read(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

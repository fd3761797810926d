// Asks what goes into a report, makes it, and can be left at any time.
//
// Without Lit: this script is not the page's, and would load it a second time.
import { routeUrl } from '../api/routes';
import { formatStep, plural, visibleName } from '../layout/format';
import { resolve } from '../model/resolve';
import { encodeSelection } from '../model/selection';
import type { Context } from '../views/context';
import { Collector, type Layer, type Plan } from './collect';
import { download, fileName } from './download';
import { reportFile } from './report';
import styles from './report_dialog.css';

/** Up to this size a file goes as an attachment of a mail. */
const LARGEST = 10e6;
/** Bytes in the file for each of a record: base64. */
const STORED = 4 / 3;
/** A record whose size is not known yet. */
const USUAL = 26_000;

interface ShownLayer extends Layer {
  readonly step: number | undefined;
}

interface Facts {
  readonly step: number | undefined;
  readonly records: number;
  /** What is shown, the runs beside the chosen one among it, and all that there is. */
  readonly shown: readonly ShownLayer[];
  readonly all: readonly Layer[];
}

export function openReportDialog(context: Context): void {
  const facts = factsOf(context);
  const { step, records, shown, all } = facts;
  const most = Math.max(1, Math.floor(LARGEST / (USUAL * STORED * shown.length)));
  const count = element('input', {
    ...{ type: 'number', min: '1', max: String(records), value: String(Math.min(records, most)) },
    'aria-label': 'Number of records',
  });
  const size = element('p', { class: 'hint', 'data-testid': 'export-size' });
  const bar = element('progress', { 'aria-label': 'Records', value: '0' });
  const said = element('p', { role: 'status', 'data-testid': 'export-progress' });
  const go = element('button', { type: 'submit', 'data-testid': 'export-go' }, 'Export');
  const leave = element('button', { type: 'button', 'data-testid': 'export-cancel' }, 'Cancel');
  const every = element('input', { type: 'checkbox', name: 'all' });
  const one = radio('one', onlyText(facts));
  const some = radio('some', count, `of ${formatStep(records)}, evenly spaced`);
  const form = element(
    'form',
    { method: 'dialog' },
    element('h2', { id: 'export-title' }, 'Export as one file'),
    element(
      'p',
      {},
      'One HTML file with this page and its records inside. It opens without TensorBoard.',
    ),
    element('fieldset', {}, element('legend', {}, 'Records'), some, one),
    ...(shown.length > 1 ? [element('p', { 'data-testid': 'export-runs' }, runsText(shown))] : []),
    ...(all.length > shown.length
      ? [element('label', {}, every, `of all ${formatStep(all.length)} layers of all runs`)]
      : []),
    ...[size, bar, said, element('div', { class: 'actions' }, leave, go)],
  );
  const dialog = element('dialog', { 'aria-labelledby': 'export-title', class: 'report' });
  dialog.append(element('style', {}, styles), form);
  some.querySelector('input')!.checked = true;
  bar.hidden = true;

  let bytes = USUAL;
  const plan = (): Plan => ({
    layers: every.checked ? all : shown.map(({ run, tag }) => ({ run, tag })),
    most: some.querySelector('input')!.checked ? Math.max(1, count.valueAsNumber || 1) : 1,
    stepOf: ({ run, tag }) =>
      (shown.find((one) => one.run === run && one.tag === tag) ?? { step }).step,
    range: context.state.selection.range,
    zoom: context.state.selection.zoom,
    selection: encodeSelection({ ...context.state.selection, run: context.now.run }),
  });
  const estimate = (): void => {
    const { layers, most: chosen } = plan();
    const each = Math.min(records, chosen);
    size.textContent = `About ${megabytes(each * layers.length * bytes * STORED)}, and what the page itself takes.`;
  };
  const leaving = new AbortController();
  form.addEventListener('input', estimate);
  leave.addEventListener('click', () => {
    dialog.close();
  });
  dialog.addEventListener('keydown', (event) => {
    event.stopPropagation(); // Escape leaves the dialog, and releases nothing on the page
  });
  dialog.addEventListener('close', () => {
    leaving.abort();
    dialog.remove();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    leave.focus(); // what there is left to do; a button that cannot be pressed loses the focus
    go.disabled = true;
    bar.hidden = false;
    const progress = (what: string, done: number, of: number): void => {
      [bar.value, bar.max] = [done, of];
      said.textContent =
        what === 'records' ? `${formatStep(done)} of ${plural(of, 'record')}` : what;
    };
    makeReport(plan(), progress, leaving.signal).then(
      ([file, name]) => {
        dialog.close();
        context.announce(`Saved as ${name}, ${megabytes(file.size)}`);
      },
      (error: unknown) => {
        if (leaving.signal.aborted) return;
        go.disabled = false;
        go.textContent = 'Try again';
        bar.hidden = true;
        const message = error instanceof Error ? error.message : String(error);
        said.textContent = `This did not work: ${message}`;
      },
    );
  });
  document.body.append(dialog);
  dialog.showModal();
  estimate();
  void recordSize(facts, leaving.signal).then((found) => {
    bytes = found;
    const fits = Math.max(1, Math.floor(LARGEST / (bytes * STORED * shown.length)));
    if (document.activeElement !== count) count.value = String(Math.min(records, fits));
    estimate();
  });
}

function factsOf({ state, now }: Context): Facts {
  const shown = [now, ...state.beside.map(resolve)].flatMap(({ run, tag, step }) =>
    run === undefined || tag === undefined ? [] : [{ run, tag, step }],
  );
  const all = [...(state.runs.value ?? [])].flatMap(([run, { tags }]) =>
    [...tags.keys()].map((tag) => ({ run, tag })),
  );
  return { step: now.step, records: state.steps.value?.steps.length ?? 0, shown, all };
}

/** What one record of each layer is. */
function onlyText({ step, shown }: Facts): string {
  const steps = new Set(shown.map((layer) => layer.step));
  return steps.size > 1
    ? 'only those that are shown, one of each run'
    : `only that of step ${formatStep(step ?? 0)}`;
}

/** Whose records these are: the runs that are compared belong to what is shown. */
function runsText(shown: readonly Layer[]): string {
  return `Of each run that is compared: ${shown.map(({ run }) => visibleName(run)).join(', ')}.`;
}

async function makeReport(
  plan: Plan,
  progress: (what: string, done: number, of: number) => void,
  signal: AbortSignal,
): Promise<[file: Blob, name: string]> {
  const send: typeof fetch = (...request) => fetch(...request);
  const text = async (name: string): Promise<string> => {
    const response = await send(routeUrl(`static/${name}`), { signal });
    if (!response.ok) throw new Error(`${name}: ${response.statusText}`);
    return response.text();
  };
  const [template, files, page] = await Promise.all(
    ['report.html.txt', 'files.js', 'report.js'].map(text),
  );
  const made = `${new Date().toISOString().slice(0, 19)}+00:00`;
  const report = await new Collector(send, progress, signal).collect(plan, made);
  const file = reportFile(template!, { files: files!, page: page! }, report);
  const runs = new Set(plan.layers.map(({ run }) => run));
  const name = fileName([...runs].slice(0, 3), 'html');
  download(file, name);
  return [file, name];
}

/** Bytes of the record shown: others are about as large. */
async function recordSize({ step, shown }: Facts, signal: AbortSignal): Promise<number> {
  try {
    const [first] = shown;
    const url = routeUrl('record', { run: first?.run, tag: first?.tag, step });
    const response = await fetch(url, { signal });
    return response.ok ? (await response.arrayBuffer()).byteLength : USUAL;
  } catch {
    return USUAL; // what is wrong shows when the report is made
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function radio(value: string, ...label: (Node | string)[]): HTMLLabelElement {
  const input = element('input', {
    type: 'radio',
    name: 'records',
    value,
    'data-testid': `export-${value}`,
  });
  return element('label', {}, input, ...label);
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

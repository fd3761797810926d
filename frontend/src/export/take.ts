// From a panel to a file.
import { cellName, formatStep, visibleName } from '../layout/format';
import { lagColours } from '../palettes';
import { LIGHT } from '../theme';
import type { Context, View } from '../views/context';
import { download, fileName } from './download';
import { pngFile, svgFile } from './picture_files';
import { TABLES } from './tables';
import { csvFile, jsonFile } from './table_files';

export type Format = 'png' | 'svg' | 'csv' | 'json';

/** Narrower than this, a picture has no room for what stands around it. */
const NARROWEST = 560;

/** Saves a panel as it is now; `width` is that of its chart. Returns what was in the way, or nothing. */
export async function takeAway(
  view: View,
  context: Context,
  format: Format,
  width: number,
): Promise<string> {
  const file = await fileOf(view, context, format, Math.max(NARROWEST, Math.round(width)));
  if (!file) return 'There is nothing to save yet.';
  const { run = '', tag = '' } = context.now;
  const step = context.state.record.value?.message.step;
  const name = fileName([run, tag, step === undefined ? '' : `step-${step}`, view.id], format);
  download(file, name);
  context.announce(`Saved as ${name}`);
  return '';
}

async function fileOf(
  view: View,
  context: Context,
  format: Format,
  width: number,
): Promise<Blob | undefined> {
  if (format === 'png' || format === 'svg') {
    const picture = view.picture?.(onPaper(context), width);
    return picture && (format === 'png' ? pngFile : svgFile)(picture, aboutText(context));
  }
  const table = TABLES[view.id]?.(context);
  if (!table) return undefined;
  const { now, state } = context;
  const step = table.ofRecord ? state.record.value?.message.step : undefined;
  const about = { panel: view.id, run: now.run ?? '', layer: now.tag ?? '', step };
  return (format === 'csv' ? csvFile : jsonFile)(table, about);
}

/** Papers are white, whatever the page is. */
function onPaper(context: Context): Context {
  const { state } = context;
  const message = state.record.value?.message;
  const colours = message
    ? lagColours(state.selection.palette, message.first_lag, message.lags, LIGHT.palette)
    : context.colours;
  return { ...context, theme: LIGHT, colours };
}

function aboutText({ now, state }: Context): string {
  const step = state.record.value?.message.step;
  return [
    now.run === undefined ? '' : `run ${visibleName(now.run)}`,
    visibleName(now.tag ?? ''),
    now.tagInfo ? `${cellName(now.tagInfo.cell)}, H ${now.tagInfo.hiddenSize}` : '',
    step === undefined ? '' : `record of step ${formatStep(step)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

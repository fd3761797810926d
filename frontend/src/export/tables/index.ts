// The numbers of each panel, by its id. A new one is a file beside this and a line here.
import type { Context } from '../../views/context';
import type { Table } from '../panel';
import { itemTable } from './batch';
import { decayTable } from './horizon';
import { labelsTable } from './labels';
import { overviewTable } from './overview';
import { runsTable } from './runs';
import { stripTable } from './strip';

/** All numbers that a panel shows, where a picture has no room, too; undefined while there are none. */
export const TABLES: Readonly<Record<string, (context: Context) => Table | undefined>> = {
  overview: overviewTable,
  strip: stripTable,
  runs: runsTable,
  batch: itemTable,
  matrix: itemTable,
  horizon: decayTable,
  labels: labelsTable,
};

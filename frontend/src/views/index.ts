// The panels of the page, from top to bottom.
import { batch } from './batch';
import type { View } from './context';
import { horizon } from './horizon';
import { lazy } from './lazy';
import { matrix } from './matrix';
import { overview } from './overview';
import { strip } from './strip';

const runs = lazy(
  {
    id: 'runs',
    title: 'Runs side by side',
    accepts: ({ state }) => state.beside.length > 0,
  },
  async () => (await import('./runs')).runs,
);

export const VIEWS: readonly View[] = [overview, strip, runs, batch, matrix, horizon];

// The panels of the page, from top to bottom. Those of which nothing is seen at first come later.
import { batch } from './batch';
import { hasRecord, type View } from './context';
import { acceptsLabels } from './labels_needs';
import { lazy } from './lazy';
import { overview } from './overview';
import { strip } from './strip';

const runs = lazy(
  { id: 'runs', title: 'Runs side by side', accepts: ({ state }) => state.beside.length > 0 },
  async () => (await import('./runs')).runs,
);

const matrix = lazy(
  { id: 'matrix', title: 'Matrix', accepts: hasRecord },
  async () => (await import('./matrix')).matrix,
);

const horizon = lazy(
  { id: 'horizon', title: 'Gradient horizon', accepts: hasRecord },
  async () => (await import('./horizon')).horizon,
);

const labels = lazy(
  { id: 'labels', title: 'What learns from what', accepts: acceptsLabels },
  async () => (await import('./labels')).labels,
);

export const VIEWS: readonly View[] = [overview, strip, runs, batch, matrix, horizon, labels];

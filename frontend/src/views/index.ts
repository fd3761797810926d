// The panels of the page, from top to bottom.
import { batch } from './batch';
import type { View } from './context';
import { horizon } from './horizon';
import { matrix } from './matrix';
import { overview } from './overview';
import { runs } from './runs';
import { strip } from './strip';

export const VIEWS: readonly View[] = [overview, strip, runs, batch, matrix, horizon];

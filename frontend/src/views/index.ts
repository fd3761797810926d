// The panels of the page, from top to bottom.
import { batch } from './batch';
import type { View } from './context';
import { horizon } from './horizon';
import { matrix } from './matrix';
import { overview } from './overview';
import { strip } from './strip';

export const VIEWS: readonly View[] = [overview, strip, batch, matrix, horizon];

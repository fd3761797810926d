// What makes files: a script of its own, which the page loads when somebody wants one.
import { takeAway } from './take';

export { takeAway };

declare global {
  // Where a report has it: a script inside a file cannot be imported.
  var rnnbowFiles: { readonly takeAway: typeof takeAway } | undefined;
}

globalThis.rnnbowFiles = { takeAway };

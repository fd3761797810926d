// What makes files: a script of its own, which the page loads when somebody wants one.
import { openReportDialog } from './report_dialog';
import { takeAway } from './take';

export { openReportDialog, takeAway };

const files = { openReportDialog, takeAway };

declare global {
  // Where a report has it: a script inside a file cannot be imported.
  var rnnbowFiles: typeof files | undefined;
}

globalThis.rnnbowFiles = files;

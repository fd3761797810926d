import type * as Files from './files';

/** What makes files, once it is there: of the report that this page is, else from TensorBoard. */
export async function loadFiles(): Promise<typeof Files> {
  // A variable, so that it is not bundled.
  const script = './files.js';
  return globalThis.rnnbowFiles ?? ((await import(script)) as typeof Files);
}

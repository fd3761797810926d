// Starts the fixture page; the page itself is bundled anew at every reload.
import { build } from 'esbuild';
import { outputs } from './bundle.mjs';

const root = new URL('..', import.meta.url).pathname;
const outfile = `${root}node_modules/.cache/rnnbow-dev.mjs`;
await build({
  absWorkingDir: root,
  entryPoints: ['dev/server.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile,
});
const { serve } = await import(outfile);
serve(outputs, Number(process.env.PORT ?? 6116));

// Starts the fixture pages; the page itself is bundled anew at a reload after its sources changed.
import { readdir, stat } from 'node:fs/promises';
import { build } from 'esbuild';
import { outputs, parts } from './bundle.mjs';

const root = new URL('..', import.meta.url).pathname;
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['dev/server.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { serve } = await import(`data:text/javascript;base64,${code}`);

/** When a source was changed last. */
async function changed() {
  const names = await readdir(`${root}src`, { recursive: true });
  const times = await Promise.all(
    names.map(async (name) => (await stat(`${root}src/${name}`)).mtimeMs),
  );
  return Math.max(...times);
}

/** A promise made anew when a source was changed since. */
function ofSources(make) {
  let made;
  let of;
  return async () => {
    const now = await changed();
    if (now !== of) [of, made] = [now, make()];
    return made;
  };
}

const page = ofSources(parts);
const rest = ofSources(outputs); // what takes things away: longer to make, and seldom asked for
serve({
  script: async (name) => (await page())[name] ?? (await rest())[name],
  port: Number(process.env.PORT ?? 6116),
  fonts: process.env.FONTS,
});

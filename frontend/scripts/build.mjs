import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { outputs } from './bundle.mjs';

const target = new URL('../../rnnbow_plugin/static/', import.meta.url);
await mkdir(target, { recursive: true });
const built = await outputs();
// Parts are named by what they hold: those of another build are in the way.
for (const name of await readdir(target)) {
  if (!(name in built)) await rm(new URL(name, target));
}
for (const [name, content] of Object.entries(built)) {
  await writeFile(new URL(name, target), content);
  const size = gzipSync(content, { level: 9 }).length;
  console.log(`${name}: ${content.length} bytes, ${size} gzipped`);
}

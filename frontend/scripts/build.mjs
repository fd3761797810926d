import { mkdir, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { outputs } from './bundle.mjs';

const target = new URL('../../rnnbow_plugin/static/', import.meta.url);
await mkdir(target, { recursive: true });
for (const [name, content] of Object.entries(await outputs())) {
  await writeFile(new URL(name, target), content);
  const size = gzipSync(content, { level: 9 }).length;
  console.log(`${name}: ${content.length} bytes, ${size} gzipped`);
}

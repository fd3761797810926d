// Fails where a committed file is not what its source gives: the bundle, and the code of the format.
import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { ENTRY, outputs } from './bundle.mjs';
import { generate } from './proto.mjs';

const LIMIT = 60_000;
const committed = (path) => readFile(new URL(path, import.meta.url)).catch(() => Buffer.alloc(0));

const problems = [];
const built = await outputs();
for (const [name, content] of Object.entries(built)) {
  if (!content.equals(await committed(`../../rnnbow_plugin/static/${name}`))) {
    problems.push(`rnnbow_plugin/static/${name} is not what the sources give: npm run build`);
  }
}
for (const name of await readdir(new URL('../../rnnbow_plugin/static/', import.meta.url))) {
  if (!(name in built)) problems.push(`rnnbow_plugin/static/${name} is of no build: npm run build`);
}
const size = gzipSync(built[ENTRY], { level: 9 }).length;
if (size > LIMIT) problems.push(`the page begins with ${size} bytes gzipped, more than ${LIMIT}`);
for (const [name, text] of Object.entries(generate())) {
  if (!Buffer.from(text).equals(await committed(`../src/wire/${name}`))) {
    problems.push(`src/wire/${name} is not what rnnbow.proto gives: npm run proto`);
  }
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

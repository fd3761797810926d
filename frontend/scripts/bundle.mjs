// Bundles the page into the one file that TensorBoard loads, and what makes files into another. The same
// bytes on every machine.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { build, transform } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

/** A style sheet as a minified string. */
const styles = {
  name: 'styles',
  setup(setup) {
    setup.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const { code } = await transform(source, { loader: 'css', minify: true });
      return { contents: `export default ${JSON.stringify(code.trim())}`, loader: 'js' };
    });
  },
};

/** A script with all that it needs. */
export async function bundle(entry = 'src/index.ts') {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    charset: 'utf8',
    legalComments: 'none',
    plugins: [styles],
    banner: {
      js: '/* RNNbow for TensorBoard. Apache-2.0. Contains Lit and pbf (BSD-3-Clause): see licenses.txt. */',
    },
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const BUNDLED = ['lit', 'lit-element', 'lit-html', '@lit/reactive-element', 'pbf'];

/** The licences of what is in the bundle, which have to come with it. */
export async function licenses() {
  const texts = await Promise.all(
    BUNDLED.map(async (name) => {
      const text = await readFile(`${root}node_modules/${name}/LICENSE`, 'utf8');
      return `${name}\n${'-'.repeat(name.length)}\n\n${text.trim()}\n`;
    }),
  );
  return Buffer.from(texts.join('\n\n'));
}

/** The page of a report, whose policy lets these scripts run and no other. */
async function report(scripts) {
  const template = await readFile(`${root}src/export/report.html`, 'utf8');
  const hashes = scripts.map((script) => {
    // What ends the element, or begins a comment in it, would be read as HTML.
    if (/<\/script|<!--/i.test(script)) throw new Error('a bundle that cannot stand in a <script>');
    return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  });
  return Buffer.from(template.replace('{{hashes}}', hashes.join(' ')));
}

/** Everything that the build writes to rnnbow_plugin/static, by name. */
export async function outputs() {
  const page = await bundle();
  const files = await bundle('src/export/files.ts');
  return {
    'index.js': page,
    'files.js': files,
    'report.html': await report([files, page]),
    'licenses.txt': await licenses(),
  };
}

// Bundles src/index.ts into the one file that TensorBoard loads. The same bytes on every machine.
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

export async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
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

/** Everything that the build writes to rnnbow_plugin/static, by name. */
export async function outputs() {
  return { 'index.js': await bundle(), 'licenses.txt': await licenses() };
}

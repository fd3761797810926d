// Bundles the page: what TensorBoard loads, panels that come later, what makes files, and the page of a
// report. The same bytes on every machine.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';
import ts from 'typescript';
import { joined } from './join.mjs';

/** What TensorBoard loads. */
export const ENTRY = 'index.js';

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

/** Line ends in html`…`, with the indentation after them, as one space: browsers read them as one. */
function collapseTemplates(source) {
  let text = '';
  let kept = 0;
  const visit = (node) => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText(file) === 'html') {
      const { template } = node;
      const parts = ts.isNoSubstitutionTemplateLiteral(template)
        ? [template]
        : [template.head, ...template.templateSpans.map(({ literal }) => literal)];
      spans.push(...parts.map((part) => [part.getStart(file), part.getEnd()]));
    }
    ts.forEachChild(node, visit);
  };
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest);
  const spans = [];
  visit(file);
  for (const [start, end] of spans.sort((a, b) => a[0] - b[0])) {
    text += source.slice(kept, start) + source.slice(start, end).replace(/\n\s*/g, ' ');
    kept = end;
  }
  return text + source.slice(kept);
}

const templates = {
  name: 'templates',
  setup(setup) {
    setup.onLoad({ filter: /src\/.*\.ts$/ }, async ({ path }) => ({
      contents: collapseTemplates(await readFile(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  // Names of parts follow from the paths of what is in them: the same where node_modules is a link.
  preserveSymlinks: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  write: false,
  charset: 'utf8',
  legalComments: 'none',
  plugins: [styles, templates],
  banner: {
    js: '/* RNNbow for TensorBoard. Apache-2.0. Contains Lit (BSD-3-Clause): see licenses.txt. */',
  },
};

/** A script with all that it needs. */
export async function bundle(entry) {
  const result = await build({ ...OPTIONS, entryPoints: [entry] });
  return Buffer.from(result.outputFiles[0].contents);
}

/** The page by name: index.js, which is all that it begins with, and the parts that come later. */
export async function parts() {
  const result = await build({
    ...OPTIONS,
    entryPoints: ['src/index.ts'],
    splitting: true,
    outdir: 'static',
    chunkNames: '[name]-[hash]',
    metafile: true,
  });
  return joined(result, ENTRY, OPTIONS);
}

const BUNDLED = ['lit', 'lit-element', 'lit-html', '@lit/reactive-element'];

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
  // A report is one file: its page has no parts.
  const page = await bundle('src/index.ts');
  const files = await bundle('src/export/files.ts');
  return {
    ...(await parts()),
    'files.js': files,
    'report.js': page,
    // Plain text: a template is no page of TensorBoard's.
    'report.html.txt': await report([files, page]),
    'licenses.txt': await licenses(),
  };
}

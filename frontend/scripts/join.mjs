// Puts what the page begins with into one file. esbuild moves what a panel that comes later shares with the
// page into files of their own, one for each set of sharers: a browser would hear of these only when the first
// file has come, and would then ask for each.
import { basename } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';

/**
 * The files of a build with `splitting`, by name: `entry` with all that it imports in it, and the parts that
 * come later, which import what they share from there.
 */
export async function joined({ outputFiles, metafile }, entry, options) {
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const first = firstParts(metafile.outputs, entry);
  // What later parts import, as exports of the entry by a name that is nobody else's, and the same as long as
  // theirs is.
  const shared = new Map();
  const share = (name, part) => {
    const alias = `${name}$${part.replace(/^.*-|\.js$/g, '')}`;
    shared.set(alias, `export { ${name} as ${alias} } from './${part}';`);
    return alias;
  };
  const later = [...texts]
    .filter(([name]) => !first.includes(name))
    .map(([name, text]) => [name, Buffer.from(redirected(text, first, entry, share))]);
  const lines = [`export * from './${entry}';`, ...[...shared].sort().map(([, line]) => line)];
  const whole = await build({
    ...options,
    stdin: { contents: lines.join('\n') },
    plugins: [reading(texts, first)],
  });
  return { [entry]: Buffer.from(whole.outputFiles[0].contents), ...Object.fromEntries(later) };
}

/** Names of the parts that the page begins with. */
function firstParts(built, entry) {
  const folder = Object.keys(built)
    .find((path) => basename(path) === entry)
    .slice(0, -entry.length);
  const first = new Set([entry]);
  // A set is gone through to its end, also as it grows.
  for (const name of first) {
    for (const { path, kind } of built[folder + name].imports) {
      if (kind === 'import-statement') first.add(basename(path));
    }
  }
  return [...first];
}

/** A later part that imports from `entry` what it did from the parts that are in there. */
function redirected(source, first, entry, share) {
  const file = ts.createSourceFile('part.js', source, ts.ScriptTarget.Latest);
  let text = '';
  let kept = 0;
  for (const statement of file.statements.filter(ts.isImportDeclaration)) {
    const part = basename(statement.moduleSpecifier.text);
    if (!first.includes(part)) continue;
    const names = statement.importClause?.namedBindings.elements ?? [];
    const list = names.map(
      ({ name, propertyName }) => `${share((propertyName ?? name).text, part)} as ${name.text}`,
    );
    text += source.slice(kept, statement.getStart(file));
    text += `import{${list.join(',')}}from"./${entry}";`;
    kept = statement.getEnd();
  }
  return text + source.slice(kept);
}

/** Gives esbuild its own files again; those that come later stay where they are. */
function reading(texts, first) {
  return {
    name: 'parts',
    setup(setup) {
      setup.onResolve({ filter: /^\.\/[^/]+\.js$/ }, ({ path }) => {
        const name = basename(path);
        return first.includes(name) ? { path: name, namespace: 'part' } : { path, external: true };
      });
      setup.onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({
        contents: texts.get(path),
      }));
    },
  };
}

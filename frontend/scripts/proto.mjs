// Generates src/wire/rnnbow_pb.{js,d.ts} and rnnbow_fields.ts from the one description of the format.
import { readFileSync, writeFileSync } from 'node:fs';
import { compileRaw } from 'pbf/compile';
import resolve from 'resolve-protobuf-schema';

const source = new URL('../../rnnbow_plugin/wire/rnnbow.proto', import.meta.url);
const target = (name) => new URL(`../src/wire/${name}`, import.meta.url);

/** Names of the fields that tell absent from zero. */
const OPTIONAL = new Set(
  [...readFileSync(source, 'utf8').matchAll(/^\s*optional \w+ (\w+)/gm)].map((match) => match[1]),
);

/** The generated files as text, by name: written here, compared by check-generated.mjs. */
export function generate() {
  const proto = resolve.sync(source.pathname);
  return {
    'rnnbow_pb.js': withPresence(compileRaw(proto)),
    'rnnbow_pb.d.ts': declarations(proto),
    'rnnbow_fields.ts': fields(proto),
  };
}

// pbf gives a proto3 `optional` field its type's zero, as if it had been written. A record without
// a loss is not one whose loss is 0, so absent stays `undefined`.
function withPresence(code) {
  for (const name of OPTIONAL) {
    const read = code.replaceAll(new RegExp(`\\b${name}: 0(?=[,}])`, 'g'), `${name}: undefined`);
    const written = read.replaceAll(
      new RegExp(`if \\(obj\\.${name}\\) pbf`, 'g'),
      `if (obj.${name} !== undefined) pbf`,
    );
    if (read === code || written === read) {
      throw new Error(`optional field ${name} not found in the generated code`);
    }
    code = written;
  }
  return code;
}

/** The fields of each message, for `message.ts`. A message stands behind those that are in it. */
function fields(proto) {
  const enums = new Set(proto.enums.map((e) => e.name));
  const messages = new Set(proto.messages.map((m) => m.name));
  const lines = ['// generated from rnnbow.proto', "import type { Fields } from './message';"];
  for (const message of proto.messages) {
    lines.push('', `export const ${message.name}Fields: Fields = {`);
    for (const { tag, name, type, repeated } of message.fields) {
      const kind = messages.has(type) ? `${type}Fields` : `'${enums.has(type) ? 'uint32' : type}'`;
      const presence = repeated ? ", 'many'" : OPTIONAL.has(name) ? ", 'maybe'" : '';
      lines.push(`  ${tag}: ['${name}', ${kind}${presence}],`);
    }
    lines.push('};');
  }
  return `${lines.join('\n')}\n`;
}

const SCALARS = { string: 'string', bool: 'boolean', bytes: 'Uint8Array' };

function declarations(proto) {
  const lines = [
    '// generated from rnnbow.proto',
    "import type { PbfReader, PbfWriter } from 'pbf';",
    '',
  ];
  for (const item of proto.enums) {
    const values = Object.entries(item.values).map(([k, v]) => `  readonly ${k}: ${v.value};`);
    lines.push(`export declare const ${item.name}: {`, ...values, '};', '');
  }
  const messages = new Set(proto.messages.map((m) => m.name));
  for (const message of proto.messages) {
    lines.push(`export interface ${message.name} {`);
    for (const field of message.fields) {
      const one = messages.has(field.type) ? field.type : (SCALARS[field.type] ?? 'number');
      const absent = OPTIONAL.has(field.name) || messages.has(field.type) || field.type === 'bytes';
      const type = field.repeated ? `${one}[]` : absent ? `${one} | undefined` : one;
      lines.push(`  ${field.name}: ${type};`);
    }
    lines.push('}');
    lines.push(
      `export declare function read${message.name}(pbf: PbfReader, end?: number): ${message.name};`,
    );
    lines.push(
      `export declare function write${message.name}(obj: Partial<${message.name}>, pbf: PbfWriter): void;`,
      '',
    );
  }
  return lines.join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const [name, text] of Object.entries(generate())) writeFileSync(target(name), text);
}

// The selection in the fragment of TensorBoard's address: `#rnnbow&p.rnnbow.run=lstm&...`.
//
// TensorBoard keeps the name of the tab in front and the keys of plugins as `p.<plugin>.<key>`.
// Everything that is not ours is left as it stands.

const TAB = 'rnnbow';
const PREFIX = `p.${TAB}.`;

/** Our keys and values in a fragment. */
export function readHash(hash: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of parts(hash)) {
    const split = part.indexOf('=');
    const key = decode(part.slice(0, Math.max(0, split)));
    if (key.startsWith(PREFIX))
      pairs.push([key.slice(PREFIX.length), decode(part.slice(split + 1))]);
  }
  return pairs;
}

/** The fragment with our keys replaced by `pairs`. */
export function writeHash(hash: string, pairs: readonly (readonly [string, string])[]): string {
  const others = parts(hash).filter((part) => !decode(part).startsWith(PREFIX));
  if (others.length === 0) others.push(TAB);
  const ours = pairs.map(([key, value]) => `${PREFIX}${key}=${encodeURIComponent(value)}`);
  return `#${[...others, ...ours].join('&')}`;
}

/** Whether a fragment shows another tab: then it is not ours to read or write. */
export function belongsToOther(hash: string): boolean {
  const tab = parts(hash).find((part) => !part.includes('='));
  return tab !== undefined && decode(tab) !== TAB;
}

function parts(hash: string): string[] {
  return hash
    .replace(/^#/, '')
    .split('&')
    .filter((part) => part !== '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone %: as typed
  }
}

/**
 * Remembers what was computed of a thing for as long as somebody holds it, or what `keyOf` says that
 * the result belongs to.
 */
export function oncePer<T, R>(
  compute: (of: T) => R,
  keyOf: (of: T) => WeakKey = (of) => of as WeakKey,
): (of: T) => R {
  const known = new WeakMap<WeakKey, { readonly result: R }>();
  return (of) => {
    const key = keyOf(of);
    let found = known.get(key);
    if (!found) {
      found = { result: compute(of) };
      known.set(key, found);
    }
    return found.result;
  };
}

/**
 * Remembers the last result of a function, or the `kept` last ones: computed anew only when an argument is
 * another one.
 */
export function memo<A extends readonly unknown[], R>(
  compute: (...args: A) => R,
  kept = 1,
): (...args: A) => R {
  const known: { readonly args: A; readonly result: R }[] = [];
  return (...args) => {
    const place = known.findIndex(
      (one) =>
        one.args.length === args.length && args.every((arg, i) => Object.is(arg, one.args[i])),
    );
    const [found = { args, result: compute(...args) }] = place < 0 ? [] : known.splice(place, 1);
    // The one that was used last goes last.
    known.unshift(found);
    if (known.length > kept) known.pop();
    return found.result;
  };
}

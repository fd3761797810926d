/** Remembers the last result of a function: computed anew only when an argument is another one. */
export function memo<A extends readonly unknown[], R>(
  compute: (...args: A) => R,
): (...args: A) => R {
  let last: { args: A; result: R } | undefined;
  return (...args) => {
    const same =
      last?.args.length === args.length && args.every((arg, i) => Object.is(arg, last!.args[i]));
    if (!last || !same) {
      last = { args, result: compute(...args) };
    }
    return last.result;
  };
}

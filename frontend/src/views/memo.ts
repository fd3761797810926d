/** Remembers the last result of a function: computed anew only when an argument is another one. */
export function memo<A extends readonly unknown[], R>(
  compute: (...args: A) => R,
): (...args: A) => R {
  let last: { args: A; result: R } | undefined;
  return (...args) => {
    if (!last || args.some((arg, i) => !Object.is(arg, last!.args[i]))) {
      last = { args, result: compute(...args) };
    }
    return last.result;
  };
}

// What nobody waits for: worked out once the browser has nothing else to do.

/** In `timeout` milliseconds at the latest: a film never leaves it idle. */
const LATEST = { timeout: 1000 };

/** Some browsers cannot say when they are idle: then after what is drawn now. */
function whenIdle(work: () => void): void {
  const { requestIdleCallback: idle } = window as Partial<Window>;
  if (idle) idle(work, LATEST);
  else window.setTimeout(work);
}

/**
 * `compute` of the last thing that was asked about, behind the present picture: until `done` is called,
 * what was found of the thing before; undefined at first.
 */
export function idly<T, R>(
  compute: (of: T) => R,
  schedule: (work: () => void) => void = whenIdle,
): (of: T, done: () => void) => R | undefined {
  let wanted: { readonly of: T } | undefined;
  let found: R | undefined;
  return (of, done) => {
    if (wanted === undefined || wanted.of !== of) {
      const asked = (wanted = { of });
      schedule(() => {
        if (wanted !== asked) return;
        found = compute(of);
        done();
      });
    }
    return found;
  };
}

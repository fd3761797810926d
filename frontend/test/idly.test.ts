import { describe, expect, it } from 'vitest';
import { idly } from '../src/model/idly';

describe('what is worked out behind the picture', () => {
  const computed: string[] = [];
  const queue: (() => void)[] = [];
  const ask = idly(
    (of: string) => {
      computed.push(of);
      return of.toUpperCase();
    },
    (work) => queue.push(work),
  );
  let drawn = 0;
  const shown = (of: string): string | undefined => ask(of, () => drawn++);
  const rest = (): void => {
    for (const work of queue.splice(0)) work();
  };

  it('is there later, once, and then is said so', () => {
    expect([shown('a'), shown('a')]).toEqual([undefined, undefined]);
    expect(computed).toEqual([]);
    rest();
    expect([computed, drawn, shown('a')]).toEqual([['a'], 1, 'A']);
    rest();
    expect(drawn).toBe(1);
  });

  it('leaves what was there before in its place, and is not worked out where it is not wanted any more', () => {
    expect([shown('b'), shown('c'), shown('c')]).toEqual(['A', 'A', 'A']);
    rest();
    expect([computed, drawn, shown('c')]).toEqual([['a', 'c'], 2, 'C']);
  });
});

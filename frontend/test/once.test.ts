import { describe, expect, it } from 'vitest';
import { oncePer } from '../src/layout/once';
import { memo } from '../src/views/memo';

describe('what is remembered', () => {
  it('of the last call is computed anew for other arguments, more, or fewer', () => {
    const asked: number[][] = [];
    const sum = memo((...numbers: number[]) => {
      asked.push(numbers);
      return numbers.reduce((all, one) => all + one, 0);
    });
    expect([sum(1, 2, 3), sum(1, 2, 3), sum(1, 2), sum(1, 2), sum(1, 2, 0), sum(), sum()]).toEqual([
      6, 6, 3, 3, 3, 0, 0,
    ]);
    expect(asked).toEqual([[1, 2, 3], [1, 2], [1, 2, 0], []]);
  });

  it('of a thing is computed once, also where it is undefined', () => {
    let asked = 0;
    const first = oncePer((list: readonly number[]) => {
      asked++;
      return list[0];
    });
    const [full, empty]: number[][] = [[7], []];
    expect([first(full!), first(empty!), first(full!), first(empty!)]).toEqual([
      7,
      undefined,
      7,
      undefined,
    ]);
    expect(asked).toBe(2);
  });

  it('belongs to what the key says', () => {
    const values = [1, 2];
    const size = oncePer(
      ({ values, by }: { values: number[]; by: number }) => values.length * by,
      ({ values }) => values,
    );
    expect([
      size({ values, by: 3 }),
      size({ values, by: 5 }),
      size({ values: [1], by: 5 }),
    ]).toEqual([6, 6, 5]);
  });
});

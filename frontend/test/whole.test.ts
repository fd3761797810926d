import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roomFor } from '../src/layout/whole';

const LINE = 20;

describe('a list that ends with a whole entry', () => {
  it('has all the room where all entries fit, or there are none', () => {
    expect(roomFor([60, 120], 120, LINE)).toEqual({ height: 120, more: 0 });
    expect(roomFor([], 120, LINE)).toEqual({ height: 120, more: 0 });
  });

  it('ends where an entry does, with room below to say how many more there are', () => {
    expect(roomFor([60, 120, 180], 150, LINE)).toEqual({ height: 120, more: 1 });
    expect(roomFor([60, 120, 180], 130, LINE)).toEqual({ height: 60, more: 2 });
  });

  it('shows one entry, however little room there is', () => {
    expect(roomFor([60, 120], 30, LINE)).toEqual({ height: 60, more: 1 });
  });

  it('leaves out no entry for which there is room', () => {
    const entry = fc.integer({ min: 1, max: 90 });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1 }),
        fc.integer({ min: 110, max: 900 }),
        (all, most) => {
          let end = 0;
          const ends = all.map((size) => (end += size));
          const { height, more } = roomFor(ends, most, LINE);
          if (more === 0) return height === most && end <= most;
          const next = ends[ends.length - more]!;
          return ends.includes(height) && height <= most - LINE && next > most - LINE;
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placesOf } from '../src/export/collect';
import { evenly } from '../src/export/evenly';
import { nearestIndex } from '../src/layout/timeline';
import { reportFile, type Report, storedReplies, toBase64 } from '../src/export/report';

const TEMPLATE =
  '<head>{{hash}}</head><script id=data>{{data}}</script>' +
  '<script>{{files}}</script><script>{{page}}</script>';

function report(replies: Report['replies']): Report {
  return { format: 1, title: '', made: '', selection: [], records: { kept: 0, of: 0 }, replies };
}

describe('evenly', () => {
  it('takes the first, the last, and steps as even as whole numbers are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3000 }), fc.integer({ min: 2, max: 3000 }), (a, b) => {
        const [wanted, count] = a < b ? [a, b] : [b, a];
        const places = evenly(count, wanted);
        expect(places).toHaveLength(wanted);
        expect([places[0], places.at(-1)]).toEqual([0, count - 1]);
        const gaps = places.slice(1).map((place, i) => place - places[i]!);
        expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
        expect(Math.min(...gaps)).toBeGreaterThan(0);
      }),
    );
  });

  it('takes the newest where one is wanted, and nothing of nothing', () => {
    expect(evenly(7, 1)).toEqual([6]);
    expect(evenly(0, 1)).toEqual([]);
    expect(evenly(3, 10)).toEqual([0, 1, 2]);
  });
});

describe('a report', () => {
  it('answers what is in it byte for byte, and refuses the rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 70_000 }), async (bytes) => {
        const send = storedReplies(report({ tags: { runs: {} }, record: toBase64(bytes) }));
        const reply = await send('record');
        expect(new Uint8Array(await reply.arrayBuffer())).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
    const send = storedReplies(report({ tags: { runs: {} } }));
    expect(await (await send('tags')).json()).toEqual({ runs: {} });
    for (const url of ['steps', '__proto__', 'constructor']) {
      expect((await send(url)).status).toBe(404);
    }
  });

  it('keeps every text inside its element', async () => {
    const hostile = [
      '</script>',
      '<!--',
      '<script>',
      '{{page}}',
      '{{data}}',
      '$&',
      ']]>',
      '\u2028',
    ];
    const scripts = { files: 'files()', page: 'page()' };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...hostile), fc.string())),
        async (parts) => {
          const name = parts.join('');
          const file = await reportFile(TEMPLATE, scripts, report({ [name]: { name } })).text();
          const [, data, files, page, ...more] = file.split('<script');
          expect(more).toEqual([]);
          expect([files, page]).toEqual(['>files()</script>', '>page()</script>']);
          const inside = data!.slice(data!.indexOf('>') + 1, -'</script>'.length);
          expect(JSON.parse(inside)).toEqual(report({ [name]: { name } }));
        },
      ),
    );
  });
});

describe('the records of a report', () => {
  it('are evenly spaced, and hold the one that is shown', () => {
    const steps = Array.from({ length: 30 }, (_, i) => 2 * i);
    expect(placesOf(steps, 3, undefined)).toEqual(evenly(30, 3));
    expect(placesOf(steps, 3, 20)).toEqual([0, 10, 29]);
    expect(placesOf(steps, 1, 21)).toEqual([10]);
    expect(placesOf([], 3, 20)).toEqual([]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(58), (most, step) => {
        const places = placesOf(steps, most, step);
        expect(places).toHaveLength(Math.min(most, 30));
        expect(places).toContain(nearestIndex(steps, step));
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../dev/encode';
import { encodeOverview, overviewVector } from '../dev/overview';
import { syntheticRecord } from '../dev/synthetic';
import { legendMarks } from '../src/layout/ramp';
import { httpApi, RouteError, routeUrl } from '../src/api/routes';
import { side } from '../src/layout/format';
import { lossTag } from '../src/model/resolve';
import { lagColours, paletteColour, PALETTES } from '../src/palettes';
import { DARK, LIGHT, type Theme } from '../src/theme';
import { decodeOverview, type Overview } from '../src/wire/overview';
import { Refusal } from '../src/wire/refusal';
import { LSTM } from './fake_api';

function overviewOf(steps: number[], metric: string): Overview {
  const records = steps.map((step) => syntheticRecord(LSTM, step, 100));
  const metrics = records[0]!.metrics!.filter(({ name }) => name === metric);
  const rows = records.map((record) => overviewVector(record, metrics));
  return decodeOverview(encodeOverview(records[0]!.layer, metrics, steps, rows));
}

describe('marks of the lag', () => {
  it.each([
    [0, 47, [0, 1, 2, 4, 8, 16, 32]],
    [-47, 0, [0, -1, -2, -4, -8, -16, -32]],
    [-47, 47, [-32, -8, -2, 0, 2, 8, 32]],
    [-3, 9, [-2, -1, 0, 1, 2, 4, 8]],
    [0, 0, [0]],
  ])('from %i to %i', (first, last, expected) => {
    expect(legendMarks(first, last)).toEqual(expected);
  });
});

describe('where losses lie', () => {
  it.each([
    [0, 20, 'ahead of the cell'],
    [-20, 0, 'behind the cell'],
    [-20, 20, 'before or after the cell'],
  ])('lags %i to %i', (first, last, expected) => {
    expect(side(first, last)).toBe(expected);
  });
});

describe('the overview', () => {
  it('is refused where it does not fit its layout', () => {
    const none = encodeOverview(undefined, [], [0, 1], [[0, 1, 2, 3, 4, 5]]);
    expect(() => decodeOverview(none)).toThrow(Refusal);
    expect(() => decodeOverview(Uint8Array.of(255, 255))).toThrow(Refusal);
    expect(overviewOf([0, 1], 'weight').bins).toBeGreaterThan(3);
    expect(overviewOf([0, 1], 'weight').metricStatistic('hidden', 'maximum')).toBeUndefined();
    expect(overviewOf([0, 1], 'weight').recordStatistic('loss')?.length).toBe(2);
  });
});

describe('routes', () => {
  const signal = new AbortController().signal;
  const answering =
    (body: string, status = 200): typeof fetch =>
    () =>
      Promise.resolve(new Response(body, { status }));

  it('are relative, and names are escaped', () => {
    expect(routeUrl('steps', { run: 'a b/<i>&?=#%', tag: 'x/l0', metric: undefined })).toBe(
      'steps?run=a%20b%2F%3Ci%3E%26%3F%3D%23%25&tag=x%2Fl0',
    );
  });

  it('read what JSON cannot say', async () => {
    const api = httpApi(answering('{"steps": [0, 1, 2], "values": [1, "NaN", "-Infinity"]}'));
    expect((await api.scalars('a', 'loss', signal)).values).toEqual([1, NaN, -Infinity]);
  });

  it('refuse a record that is of another step than it stands at', async () => {
    const blob = encodeRecord(syntheticRecord(LSTM, 7, 100));
    const api = httpApi(() => Promise.resolve(new Response(blob)));
    expect((await api.record('a', 'l0', 7, signal)).message.step).toBe(7);
    await expect(api.record('a', 'l0', 70, signal)).rejects.toThrow(
      'structure: a record of step 7 stands at step 70',
    );
  });

  it('read runs with any name', async () => {
    const reply =
      '{"runs": {"__proto__": {"tags": {"x": {"cell": "GRU", "hidden_size": 3, "description": "d"}}, "scalars": []}}}';
    const runs = await httpApi(answering(reply)).tags(signal);
    expect([...runs.keys()]).toEqual(['__proto__']);
    expect(runs.get('__proto__')!.tags.get('x')).toEqual({
      cell: 'GRU',
      hiddenSize: 3,
      description: 'd',
    });
  });

  it('say what the backend said when they fail', async () => {
    await expect(httpApi(answering('no such run', 404)).steps('a', 'b', signal)).rejects.toEqual(
      new RouteError(404, '404: no such run'),
    );
    const silent = httpApi(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(silent.tags(signal)).rejects.toThrow('TensorBoard does not answer');
  });
});

describe('defaults', () => {
  it('the loss curve is the shortest tag that says so', () => {
    expect(lossTag(['acc', 'train/loss_total', 'Loss/b', 'Loss/a'], undefined)).toBe('Loss/b');
    expect(lossTag(['acc'], undefined)).toBeUndefined();
    expect(lossTag(['loss', 'acc'], 'acc')).toBe('acc');
    expect(lossTag(['loss'], '')).toBeUndefined();
    expect(lossTag(['loss'], 'of another run')).toBe('loss');
  });
});

describe('colours', () => {
  const channel = (value: number): number =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = (hex: string): number => {
    const [r, g, b] = [1, 3, 5].map((i) => channel(parseInt(hex.slice(i, i + 2), 16) / 255));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const contrast = (a: string, b: string): number => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light! + 0.05) / (dark! + 0.05);
  };
  const texts = ['text', 'muted', 'accent', 'good', 'bad'] as const;
  const grounds = ['background', 'panel', 'raised'] as const;

  it.each([LIGHT, DARK])('text stands out by 4.5 to 1 ($name)', (theme: Theme) => {
    for (const text of texts) {
      for (const ground of grounds) {
        expect(contrast(theme[text], theme[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(
          4.5,
        );
      }
    }
    expect(contrast(theme.accent, theme.accentSoft)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.text, theme.badSoft)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.control, theme.background)).toBeGreaterThanOrEqual(3);
  });

  it('of lags go from the dark end to the light one, nearest first', () => {
    const colours = lagColours('viridis', 0, 48, [0, 1]);
    expect(colours[0]).toEqual(paletteColour('viridis', 0));
    expect(colours[47]).toEqual([0xfd, 0xe7, 0x25]);
    const light = colours.map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    expect(light.every((value, i) => i === 0 || value > light[i - 1]!)).toBe(true);
    expect(lagColours('cividis', 0, 1, [0, 1])).toEqual([[0x00, 0x20, 0x51]]);
    expect(lagColours('viridis', -2, 5, [0, 1])[2]).toEqual(colours[0]);
  });

  it.each(PALETTES)('losses behind the cell have colours of their own in $name', ({ name }) => {
    const colours = lagColours(name, -47, 95, [0, 1]);
    const behind = colours.slice(0, 47);
    const ahead = colours.slice(48);
    for (const [red, green, blue] of behind) {
      const nearest = Math.min(
        ...ahead.map(([r, g, b]) => Math.hypot(r - red, g - green, b - blue)),
      );
      expect(nearest).toBeGreaterThan(18);
    }
  });
});

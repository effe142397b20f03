import { describe, expect, it } from '@jest/globals';
import { STYLE } from '../../src/diagram/style.js';

type Colors = Readonly<Record<string, string>>;

/** Returns the default of each custom property in a color scheme. */
const colors = (scheme: 'light' | 'dark'): Colors =>
  Object.fromEntries(
    [...STYLE.matchAll(/--rx-sse-(\w+),light-dark\((#\w+),(#\w+)\)/g)].map(([, name = '', light = '', dark = '']) => [
      name,
      scheme === 'light' ? light : dark,
    ]),
  );

/** Returns the [WCAG 2.2] relative luminance of `#rgb` or `#rrggbb`. */
function luminance(color: string): number {
  const full = color.length === 4 ? color.replace(/\w/g, '$&$&') : color;
  const digits = full.match(/\w\w/g) ?? [];
  const [red = 0, green = 0, blue = 0] = digits.map(digit => {
    const share = parseInt(digit, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

it('contrast returns the contrast ratio of WCAG', () => {
  expect(contrast('#fff', '#000')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

describe.each(['light', 'dark'] as const)('the %s colors of the diagram', scheme => {
  const { ground = '', ...others } = colors(scheme);

  it.each(Object.entries(others))('%s is readable as a text color', (_, color) => {
    expect(contrast(color, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it('are complete', () => {
    expect(Object.keys(others).sort()).toEqual(['accent', 'bad', 'faint', 'text', 'warn']);
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { plot } from './plot.mjs';

const plots = new URL('../plots/', import.meta.url);

/** Draws into bench/plots, one file per version of Node. Returns the text about it. */
export async function draw(name, options) {
  const major = process.versions.node.split('.')[0];
  const svg = `${name}-node-${major}.svg`;
  await mkdir(plots, { recursive: true });
  await writeFile(new URL(svg, plots), plot({ ...options, title: `${options.title} (Node ${major})` }));
  return ` [Plot](plots/${svg}).`;
}

/** Returns the windows between the marks. `at` is the middle on a logarithmic scale. @param {number[]} marks */
export const windowsOf = marks => marks.slice(1).map((to, i) => ({ from: marks[i], to, at: Math.sqrt(marks[i] * to) }));
export const points = (xs, ys) => xs.map((x, i) => /** @type {[number, number]} */ ([x, ys[i]]));

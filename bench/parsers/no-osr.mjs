/**
 * V8's flag without which it replaces the code of a loop while that runs ("on-stack replacement"). Here all chunks are read in
 * one loop; in an application each comes by itself, and there is no such code. What it inlines is luck: with it, the same
 * parser took twice as long for small chunks in every other process.
 */
export const NO_OSR = '--no-use-osr';

/**
 * The V8 flag that turns off "on-stack replacement", which replaces the code of a running loop. Here one loop reads all
 * chunks. In an application, each chunk arrives separately, and there is no such code. What V8 inlines there depends on
 * luck: the same parser took twice as long for small chunks in every other process.
 */
export const NO_OSR = '--no-use-osr';

import type { Behaviour } from './behaviour.js';
import { doors } from './behaviours/doors.js';
import { life } from './behaviours/life.js';
import { parsing } from './behaviours/parsing.js';
import { position } from './behaviours/position.js';
import { teardown } from './behaviours/teardown.js';

/** All behaviours, by topic. */
export const BEHAVIOURS: Readonly<Record<string, readonly Behaviour[]>> = { parsing, life, position, teardown, doors };

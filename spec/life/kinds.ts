import type { EventSourceLifecycle } from '../../src/index.js';
import type { Observed } from '../support/observe.js';

/** Returns the kinds of the steps so far. */
export const kinds = ({ values }: Observed<EventSourceLifecycle>) => values.map(({ kind }) => kind).join(' ');

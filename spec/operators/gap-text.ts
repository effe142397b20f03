import type { GapLifecycle } from '../../src/index.js';

export const gapText = ({ requested, resumed }: GapLifecycle) => `gap ${requested}-${resumed}`;

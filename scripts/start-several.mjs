// Builds the package and starts several chat servers behind nginx: npm run start:several -- [--servers <number>] [--for
// <seconds>] …
import './build.mjs';
import { register } from 'tsx/esm/api';

// Without the tsconfig, `rx-sse` resolves to the built package.
register({ tsconfig: false });
await import('../examples/chat/several/start.ts');

// Builds the package, and serves the playground on it: npm run playground -- [--port <port>]
import './build.mjs';
import { register } from 'tsx/esm/api';

// Without the tsconfig, `rx-sse` and what it imports are the built package.
register({ tsconfig: false });
await import('../examples/playground/start.ts');

// Builds the package, and starts the chat on it: npm start -- [--port <port>] [--data <folder>] [--for <seconds>]
import './build.mjs';
import { register } from 'tsx/esm/api';

// Without the tsconfig, `rx-sse` and what it imports are the built package.
register({ tsconfig: false });
await import('../examples/chat/start.ts');

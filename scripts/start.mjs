// Builds the package and starts the chat: npm start -- [--port <port>] [--data <folder>] [--for <seconds>]
import './build.mjs';
import { register } from 'tsx/esm/api';

// Without the tsconfig, `rx-sse` resolves to the built package.
register({ tsconfig: false });
await import('../examples/chat/start.ts');

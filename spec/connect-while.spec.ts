import { testConnectWhile } from './support/connect-while-behaviour.js';

// `npm run test:heavy -- spec/heavy/connect-while` does it 1000 times.
testConnectWhile(50);

import { testConnectWhile } from './support/connect-while-behaviour.js';

// `npm run test:heavy -- spec/heavy/connect-while` runs it 1000 times.
testConnectWhile(50);

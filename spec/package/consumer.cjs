const report = require('./report.cjs');

void report(
  () => require('rx-sse'),
  () => require('rx-sse/testing'),
);

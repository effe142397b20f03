import report from './report.cjs';

await report(
  () => import('rx-sse'),
  () => import('rx-sse/testing'),
);

// Runs the behaviours in workerd, which runs code only within a request.
import { runBehaviours } from './run-behaviours.mjs';

/** Unhandled rejections. Up to its compatibility date 2026-03-01, workerd also reports handled ones, and takes these reports back. */
const complaints = new Map();
addEventListener('unhandledrejection', event => complaints.set(event.promise, `unhandled: ${String(event.reason)}`));
addEventListener('rejectionhandled', event => complaints.delete(event.promise));

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const results = await runBehaviours({
      origin: searchParams.get('origin'),
      seed: Number(searchParams.get('seed')),
    });
    return Response.json({ results, complaints: [...complaints.values()] });
  },
};

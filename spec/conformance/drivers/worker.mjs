// Runs the behaviours in workerd, where code runs within a request only.
import { runBehaviours } from './run-behaviours.mjs';

/** Rejections that nobody has handled. Up to its compatibility date 2026-03-01, workerd tells of others, too, and takes that back. */
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

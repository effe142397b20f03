// Runs the behaviours in workerd, where code runs within a request only.
import { runBehaviours } from './run-behaviours.mjs';

const complaints = [];
addEventListener('unhandledrejection', event => complaints.push(`unhandled: ${String(event.reason)}`));

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const results = await runBehaviours({
      origin: searchParams.get('origin'),
      seed: Number(searchParams.get('seed')),
    });
    return Response.json({ results, complaints });
  },
};

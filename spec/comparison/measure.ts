// Measures one client: node --import tsx spec/comparison/measure.ts <client>
import { BEHAVIOURS } from './behaviours.js';
import { CLIENTS } from './clients.js';

const create = CLIENTS[process.argv[2] ?? ''];
if (!create) throw new Error(`Expected one of ${Object.keys(CLIENTS).join(', ')}, but got ${process.argv[2]}`);

// Node cancels the body of a response that has been garbage collected. This keeps the responses, so that only the
// client can cancel them.
const responses: Response[] = [];
const { fetch } = globalThis;
globalThis.fetch = async (...request) => {
  const response = await fetch(...request);
  responses.push(response);
  return response;
};

const cells: Record<string, string> = {};
for (const [behaviour, measure] of Object.entries(BEHAVIOURS)) {
  // If a measurement hangs, the last name shows which one.
  console.error(behaviour);
  const answer = await measure(create);
  cells[behaviour] = answer === undefined ? '—' : answer ? '✓ yes' : '✗ no';
}
// Ends the servers, and the clients that continue after they were stopped.
process.stdout.write(JSON.stringify(cells, null, 2), () => process.exit());

// Measures one client: node --import tsx spec/comparison/measure.ts <client>
import { BEHAVIOURS } from './behaviours.js';
import { CLIENTS } from './clients.js';

const create = CLIENTS[process.argv[2] ?? ''];
if (!create) throw new Error(`Expected one of ${Object.keys(CLIENTS).join(', ')}, but got ${process.argv[2]}`);

// Node cancels the body of a response that has been garbage collected. Kept, it is let go of by the client or not at all.
const responses: Response[] = [];
const { fetch } = globalThis;
globalThis.fetch = async (...request) => {
  const response = await fetch(...request);
  responses.push(response);
  return response;
};

const cells: Record<string, string> = {};
for (const [behaviour, measure] of Object.entries(BEHAVIOURS)) {
  // Where it hangs, the last name says in which.
  console.error(behaviour);
  const answer = await measure(create);
  cells[behaviour] = answer === undefined ? '—' : answer ? '✓ yes' : '✗ no';
}
// Servers, and clients that go on after they were stopped, end here.
process.stdout.write(JSON.stringify(cells, null, 2), () => process.exit());

// Events of a language model, 185 bytes each. Client and server create the same ones.
import { seeded } from '../lib/random.mjs';

const random = seeded(4);
const WORDS = 'the of and to in is that for it with as was on be at by this have from or had not are but what'.split(
  ' ',
);

/** One block of about 64 kB: the data of its events, its text, and the positions where events end. */
export const block = { /** @type {string[]} */ data: [], text: '', /** @type {number[]} */ ends: [] };

for (let index = 0; block.text.length < 64 * 1024; index++) {
  let text = '';
  while (text.length < 58) text += `${WORDS[Math.floor(random() * WORDS.length)]} `;
  const delta = { type: 'text_delta', text: text.slice(0, 58) };
  const data = JSON.stringify({ type: 'content_block_delta', index, delta });
  block.data.push(data);
  block.text += `event: content_block_delta\ndata: ${data}\n\n`;
  block.ends.push(block.text.length);
}

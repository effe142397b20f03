// The input of the parsers. Generators with a seed, so that each process creates the same bytes and knows their events.
// This file also runs in browsers.
import { seeded } from '../lib/random.mjs';

/**
 * @typedef {{ type: string, data: string, id: string }} Expected An expected event: `id` is the last event id.
 * @typedef {{ chunks: Uint8Array[], events: Expected[], bytes: number }} Input
 * @typedef {{ title: string, make: () => Input }} Workload
 */

const MEGABYTE = 1024 * 1024;
const WORDS =
  'the of and to in is that for it with as was on be at by this have from or had not are but what some we can out other were all there when up use your how said an each she'.split(
    ' ',
  );
const CJK =
  '人工知能は言語の壁を越えて世界中の人々をつなぐ技術であり한국어중국어日本語混ぜて書く文章也可以包含標點符號。';
const EMOJI = ['😀', '🚀', '👩‍💻', '🎉', '🌍', '🔥'];

/** Returns a text of about `length` characters. */
function prose(random, length) {
  let text = '';
  while (text.length < length) text += `${text && ' '}${WORDS[Math.floor(random() * WORDS.length)]}`;
  return text;
}

/** Creates the events of a language model's response: 185 bytes each on average, with LF. */
function* deltas(random) {
  for (let i = 0; ; i++) {
    const text = prose(random, 80).slice(0, 40 + Math.floor(41 * random()));
    const data = `{"type":"content_block_delta","index":0,"sequence_number":${i},"delta":{"type":"text_delta","text":"${text}"}}`;
    yield { type: 'content_block_delta', data, id: '' };
  }
}

function* tiny() {
  for (let i = 0; ; i++) yield { type: 'message', data: String(100 + (i % 900)), id: '' };
}

function* records(random) {
  for (let i = 1; ; i++) {
    const data = JSON.stringify({ id: i, at: 1_700_000_000 + i, user: prose(random, 20), text: prose(random, 920) });
    yield { type: 'update', data, id: String(i) };
  }
}

function* manyLines(random) {
  for (;;) {
    yield { type: 'message', data: Array.from({ length: 20 }, () => prose(random, 40)).join('\n'), id: '' };
  }
}

function* wide(random) {
  for (;;) {
    let data = '';
    for (let i = 0; i < 40; i++) {
      data += random() < 0.1 ? EMOJI[Math.floor(random() * EMOJI.length)] : CJK[Math.floor(random() * CJK.length)];
    }
    yield { type: 'delta', data, id: '' };
  }
}

function* quotes(random) {
  let i = 0;
  for (const event of deltas(random)) {
    yield i++ % 10 === 0 ? { ...event, data: event.data.replace(' ', '’') } : event;
  }
}

function* long(random, length) {
  for (;;)
    yield {
      type: 'message',
      data: prose(random, 4096)
        .repeat(Math.ceil(length / 4096))
        .slice(0, length),
      id: '',
    };
}

/** Returns the text of an event. @param {Expected} event */
function write({ type, data, id }, newline) {
  let text = '';
  if (id) text += `id: ${id}${newline}`;
  if (type !== 'message') text += `event: ${type}${newline}`;
  return `${text}data: ${data.replaceAll('\n', `${newline}data: `)}${newline}${newline}`;
}

/**
 * Returns the input of a workload: the text of its events until `bytes` are reached, then split into chunks.
 * @param {Iterable<Expected>} source
 * @param {{ bytes?: number, chunk?: number | 'event', newline?: string, heartbeats?: boolean }} options
 * @returns {Input}
 */
function input(source, { bytes = 4 * MEGABYTE, chunk = 16 * 1024, newline = '\n', heartbeats = false } = {}) {
  const encoder = new TextEncoder();
  const events = [];
  const written = [];
  let total = 0;
  for (const event of source) {
    // 19 of 20 blocks are comments.
    const text = (heartbeats ? `: heartbeat${newline}${newline}`.repeat(19) : '') + write(event, newline);
    const block = encoder.encode(text);
    events.push(event);
    written.push(block);
    total += block.length;
    if (total >= bytes) break;
  }
  if (chunk === 'event') return { chunks: written, events, bytes: total };
  const all = new Uint8Array(total);
  let at = 0;
  for (const block of written) {
    all.set(block, at);
    at += block.length;
  }
  const chunks = [];
  // Copies, because chunks of a network don't share a buffer.
  for (let start = 0; start < total; start += chunk) chunks.push(all.slice(start, start + chunk));
  return { chunks, events, bytes: total };
}

/** @param {string} title @param {(random: () => number) => Input} make @returns {Workload} */
const workload = (title, make) => ({ title, make: () => make(seeded(1)) });

/** @type {Record<string, Workload>} */
export const workloads = {
  a: workload('language-model deltas, 185 B, event: and data:', random => input(deltas(random))),
  b: workload('data: and three digits, 11 B', () => input(tiny(), { bytes: MEGABYTE })),
  c: workload('id, event and 1 kB of JSON', random => input(records(random))),
  d: workload('20 data lines an event', random => input(manyLines(random))),
  e: workload('1 MB events of one line, 64 kB chunks', random =>
    input(long(random, 1_000_000), { bytes: 8_000_000, chunk: 64 * 1024 }),
  ),
  f: workload('CJK and emoji', random => input(wide(random))),
  f2: workload('a with one typographic quote in ten events', random => input(quotes(random))),
  g: workload('a with CRLF', random => input(deltas(random), { newline: '\r\n' })),
  h: workload('95 % heartbeat comments', random => input(deltas(random), { heartbeats: true })),
  // A new chunk is in the CPU caches. There are only as many small chunks as fit there: loading each from memory would
  // take longer than parsing it.
  i1: workload('a in chunks of 1 byte', random => input(deltas(random), { bytes: MEGABYTE / 64, chunk: 1 })),
  i16: workload('a in chunks of 16 bytes', random => input(deltas(random), { bytes: MEGABYTE / 8, chunk: 16 })),
  ie: workload('a, a chunk per event', random => input(deltas(random), { chunk: 'event' })),
  ieb: workload('b, a chunk per event', () => input(tiny(), { bytes: MEGABYTE / 16, chunk: 'event' })),
  j5: workload('one 5 MB event in 1 kB chunks', random =>
    input(long(random, 5_000_000), { bytes: 5_000_000, chunk: 1024 }),
  ),
  j: workload('one 50 MB event in 1 kB chunks', random =>
    input(long(random, 50_000_000), { bytes: 50_000_000, chunk: 1024 }),
  ),
};

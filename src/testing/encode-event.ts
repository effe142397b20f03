/** What a fake server sends: an event, a comment, a reconnection time, or several of these in one block. */
export interface FakeEvent {
  /** The `event:` field; left out, the event is a `message`. */
  readonly type?: string;
  /** The `data:` lines: a string as it is, anything else as JSON. Left out, the block is no event. */
  readonly data?: unknown;
  /** The `id:` field. */
  readonly id?: string | number;
  /** The `retry:` field, in milliseconds. */
  readonly retry?: number;
  /** A comment line, before all else. */
  readonly comment?: string;
}

/** The block of an event stream that says an event, with the empty line that ends it. */
export function encodeEvent({ type, data, id, retry, comment }: FakeEvent): string {
  let block = '';
  if (comment !== undefined) block += lines('', comment);
  if (type !== undefined) block += field('event', type);
  if (id !== undefined) block += field('id', String(id));
  if (retry !== undefined) block += field('retry', String(retry));
  if (data !== undefined) block += lines('data', textOf(data));
  return `${block}\n`;
}

const lines = (name: string, value: string) =>
  value
    .split(/\r\n|\r|\n/)
    .map(line => `${name}: ${line}\n`)
    .join('');

function textOf(data: unknown): string {
  const text = typeof data === 'string' ? data : (JSON.stringify(data) as string | undefined);
  if (text === undefined) throw new TypeError(`Expected data that JSON has a text for, but got a ${typeof data}`);
  return text;
}

function field(name: string, value: string): string {
  if (/[\r\n]/.test(value)) throw new TypeError(`Expected one line for \`${name}\`, but got ${JSON.stringify(value)}`);
  return `${name}: ${value}\n`;
}

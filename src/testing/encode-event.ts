/** The input of a fake server: an event, a comment, a reconnection time, or several of these in one block. */
export interface FakeEvent {
  /** The `event:` field. Without it, the type is `message`. */
  readonly type?: string;
  /** The `data:` lines. A string is sent as it is, anything else as JSON. Without it, the block isn't an event. */
  readonly data?: unknown;
  /** The `id:` field. */
  readonly id?: string | number;
  /** The `retry:` field, in milliseconds. */
  readonly retry?: number;
  /** A comment line before all fields. */
  readonly comment?: string;
}

/** Returns the block of an event stream for an event, including the blank line. */
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
  if (text === undefined) throw new TypeError(`Expected \`data\` to be convertible to JSON, but got ${typeof data}`);
  return text;
}

function field(name: string, value: string): string {
  if (/[\r\n]/.test(value))
    throw new TypeError(`Expected \`${name}\` to be a single line, but got ${JSON.stringify(value)}`);
  return `${name}: ${value}\n`;
}

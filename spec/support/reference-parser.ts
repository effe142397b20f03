import type { CommentLifecycle, EventLifecycle } from '../../src/lifecycle.js';

export type ReferenceItem = EventLifecycle | CommentLifecycle | { kind: 'retry-time'; milliseconds: number };

export interface Reference {
  /** The items of the stream, in the order of the lines that complete them. */
  items: ReferenceItem[];
  /** The last event ID string at the end of the stream. */
  lastEventId: string;
}

/**
 * Interprets an event stream word for word like the HTML standard (§ 9.2.5 and 9.2.6), and the whole stream at once:
 * slow, but easy to check against the standard.
 *
 * It deviates in two points: the last event ID buffer starts with the position instead of empty, and comments are
 * reported.
 */
export function referenceParser(stream: Uint8Array, lastEventId = ''): Reference {
  const items: ReferenceItem[] = [];

  // "Streams must be decoded using the UTF-8 decode algorithm", which strips one leading byte order mark.
  const text = new TextDecoder('utf-8').decode(stream);

  // "end-of-line = ( cr lf / cr / lf )". The text after the last one is an unfinished line, which completes nothing.
  const lines = text.split(/\r\n|\r|\n/).slice(0, -1);

  // "a data buffer, an event type buffer, and a last event ID buffer"
  let dataBuffer = '';
  let eventTypeBuffer = '';
  let lastEventIdBuffer = lastEventId;

  for (const line of lines) {
    const colon = line.indexOf(':');
    if (line === '') {
      // "If the line is empty (a blank line), dispatch the event"
      dispatch();
    } else if (colon === 0) {
      // "If the line starts with a U+003A COLON character (:), ignore the line"
      items.push({ kind: 'comment', text: withoutLeadingSpace(line.slice(1)) });
    } else if (colon > 0) {
      // "If value starts with a U+0020 SPACE character, remove it from value."
      processField(line.slice(0, colon), withoutLeadingSpace(line.slice(colon + 1)));
    } else {
      // "using the whole line as the field name, and the empty string as the field value"
      processField(line, '');
    }
  }
  // "Once the end of the file is reached, any pending data must be discarded."
  return { items, lastEventId };

  function processField(name: string, value: string): void {
    if (name === 'event') {
      eventTypeBuffer = value;
    } else if (name === 'data') {
      dataBuffer += value;
      dataBuffer += '\n';
    } else if (name === 'id') {
      if (!value.includes('\0')) lastEventIdBuffer = value;
    } else if (name === 'retry') {
      // "If the field value consists of only ASCII digits": an empty value has none, and isn't a number in base ten.
      if (/^[0-9]+$/.test(value)) items.push({ kind: 'retry-time', milliseconds: Number(value) });
    }
  }

  function dispatch(): void {
    lastEventId = lastEventIdBuffer;
    if (dataBuffer !== '') {
      // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character"
      const data = dataBuffer.slice(0, -1);
      const type = eventTypeBuffer === '' ? 'message' : eventTypeBuffer;
      items.push({ kind: 'event', event: { type, data, lastEventId } });
    }
    dataBuffer = '';
    eventTypeBuffer = '';
  }
}

const withoutLeadingSpace = (value: string) => (value.startsWith(' ') ? value.slice(1) : value);

/** A stream of three events: a message, a price, and a message of two lines. A comment precedes the last one. */
export const EVENTS =
  'id: 1\ndata: a\n\nevent: price\nid: 2\ndata: {"n":2}\n\n: beat\n\nid: 3\ndata: two\ndata: lines\n\n';

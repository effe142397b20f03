// The error messages in production: see `texts.ts`.

export const NO_TRANSFORM = 'No TransformStream';
export const NO_BODY = 'No stream';
export const BODY_SENT = 'Body sent before';
export const BODY_OF_GET = 'GET with body';
export const UNSENDABLE = 'Invalid request';
export const LOST = 'Connection lost';
export const TRUNCATED = 'Truncated';
export const ENDED = 'Ended';
export const NO_POSITION = 'Invalid position';

const invalid = (name: string): string => `Invalid ${name}`;
const timeout = (limit: number): string => `${limit} ms`;

export const faultOf = (fetch: object | undefined): string | undefined => (fetch ? undefined : 'No fetch');
export const noRequest = invalid;
export const failed: (url: string) => string = () => 'Request failed';
export const wrongStatus = (status: number): string => `Status ${status}`;
export const wrongType = (_expected: unknown, contentType: string | null): string => `Content-Type ${contentType}`;
export const silent: (limit: number, least: number | undefined) => string = timeout;
export const notOpen = timeout;
export const noWait: (name: string, wait: unknown) => string = invalid;
export const noAnswer = invalid;
export const storeFailed: (method: 'get' | 'set') => string = invalid;
export const noId: (answer: unknown) => string = () => 'Invalid id';
export const noChunk: (chunk: unknown) => string = () => 'Invalid chunk';
export const tooLarge: (what: 'line' | 'event', most: number, length: number) => string = what => `Large ${what}`;

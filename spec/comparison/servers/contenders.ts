import type { ServerSentEvent } from '../../../src/index.js';

/** What the situations must know of a contender. How its server is made is in the module of its name in `contenders/`. */
export interface Contender {
  /** The package whose version the table says; none for what is in this repository. */
  readonly package?: string;
  /** Where its messages are kept: a process that is gone takes its memory with it, and only what is in Redis is there for several servers. */
  readonly keepsIn: 'memory' | 'file' | 'redis';
  /** Whether a stream has one producer, and is over without it. A room has many. */
  readonly oneProducer?: boolean;
  /** Whether its own example resumes by other settings than those that are best for it. */
  readonly hasBetterSettings?: boolean;
  /** The number of the message that an event is. */
  numberOf(event: ServerSentEvent): number | undefined;
}

const numberIn = (data: string) => (JSON.parse(data) as { number: number }).number;

/** By the name of their module. */
export const CONTENDERS: Record<string, Contender> = {
  chat: {
    keepsIn: 'redis',
    numberOf: ({ type, data }) =>
      type === 'chat' ? parseInt((JSON.parse(data) as { message: string }).message, 10) : undefined,
  },
  'resumable-stream': {
    package: 'resumable-stream',
    keepsIn: 'redis',
    oneProducer: true,
    numberOf: ({ data }) => numberIn(data),
  },
  'better-sse': {
    package: 'better-sse',
    keepsIn: 'memory',
    numberOf: ({ data }) => numberIn(data),
  },
  'orpc-publisher': {
    package: '@orpc/experimental-publisher',
    keepsIn: 'redis',
    hasBetterSettings: true,
    numberOf: ({ type, data }) =>
      type === 'message' ? (JSON.parse(data) as { json: { number: number } }).json.number : undefined,
  },
};

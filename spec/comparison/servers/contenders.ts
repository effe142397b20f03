import type { ServerSentEvent } from '../../../src/index.js';

/** The facts about a contender that the situations need. The module of its name in `contenders/` creates its server. */
export interface Contender {
  /** The package with the version for the table. Absent for code of this repository. */
  readonly package?: string;
  /**
   * The place where its messages are kept. A process that ends loses its memory, and several servers share only the
   * messages in Redis.
   */
  readonly keepsIn: 'memory' | 'file' | 'redis';
  /** Whether a stream has one producer, and ends without it. A room has many. */
  readonly oneProducer?: boolean;
  /** Whether its own example resumes with settings other than the best ones. */
  readonly hasBetterSettings?: boolean;
  /** Returns the number of the message in an event. */
  numberOf(event: ServerSentEvent): number | undefined;
}

const numberIn = (data: string) => (JSON.parse(data) as { number: number }).number;

/** The contenders by the names of their modules. */
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

import type { ChunkEncoder } from '../parsing/chunk-encoder.js';
import type { OpenBody } from './open-body.js';

// Outside of Node, all bodies are streams of the platform, of bytes: nothing else is loaded. See `other-bodies.node.ts`.

export const openOtherBody: (body: unknown) => OpenBody | undefined = () => undefined;

export const newEncoder: (() => ChunkEncoder) | undefined = undefined;

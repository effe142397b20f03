import type { ChunkEncoder } from '../parsing/chunk-encoder.js';
import type { OpenBody } from './open-body.js';

// Outside of Node, all bodies are byte streams of the platform. Nothing else is loaded. See `other-bodies.node.ts`.

export const openOtherBody: (body: unknown) => OpenBody | undefined = () => undefined;

export const newEncoder: (() => ChunkEncoder) | undefined = undefined;

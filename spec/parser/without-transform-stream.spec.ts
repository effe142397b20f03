/** @jest-environment jsdom */
import { describe, expect, it } from '@jest/globals';
import { createEventStreamParser, EventStreamDecoderStream } from '../../src/parser/index.js';

describe('rx-sse/parser in an engine without TransformStream', () => {
  it('loads and parses', () => {
    expect(typeof TransformStream).toBe('undefined');
    const data: string[] = [];
    const parser = createEventStreamParser({ onEvent: event => void data.push(event.data) });
    parser.push('data: a\n\n');
    expect(data).toEqual(['a']);
  });

  it('throws a TypeError that names TransformStream when a stream is created', () => {
    expect(() => new EventStreamDecoderStream()).toThrow(TypeError);
    expect(() => new EventStreamDecoderStream()).toThrow('TransformStream');
  });
});

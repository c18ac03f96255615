import { describe, expect, it } from 'vitest';
import { EventStreamParser } from './eventStream';

describe('EventStreamParser', () => {
  const stream = ': hello\r\ndata: {"a":1}\r\n\r\ndata: one\ndata: two\n\ndata:[DONE]\r\r';
  const events = ['{"a":1}', 'one\ntwo', '[DONE]'];

  it('reads a stream that arrives at once', () => {
    expect(new EventStreamParser().push(stream)).toEqual(events);
  });

  it('reads the same events wherever the stream is cut', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const parser = new EventStreamParser();
      expect([...parser.push(stream.slice(0, cut)), ...parser.push(stream.slice(cut))]).toEqual(events);
    }
  });

  it('holds an unfinished event back', () => {
    expect(new EventStreamParser().push('data: {"a":')).toEqual([]);
  });
});

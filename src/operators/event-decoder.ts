import type { Observable } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import type { StandardSchema } from './standard-schema.js';

/** Makes an event's data of its text, at once or later. What it throws is an event that is not valid. */
export type Decoder<Data = unknown> = (data: string, event: ServerSentEvent) => Data | PromiseLike<Data>;

/** What decodes events: a function of the text, or a schema that judges the JSON which the text is. */
export type EventDecoder = Decoder | StandardSchema;

/** What `json()` gives: an operator, and a decoder for `decode`. */
export interface Json<Data> {
  /** As a decoder: the value that the text says. */
  (data: string): Data;
  /** As an operator: the events, with their data parsed. */
  (source: Observable<ServerSentEvent>): Observable<ServerSentEvent<Data>>;
}

/** What an `EventDecoder` makes of an event's text. */
export type DecodedData<D> = D extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : D extends Json<infer Data>
    ? Data
    : D extends (...input: never) => infer Data
      ? Awaited<Data>
      : never;

/** The events that `decode` gives for its decoders, a union discriminated by `type`. */
export type DecodedEvent<Decoders> = Decoders extends EventDecoder
  ? ServerSentEvent<DecodedData<Decoders>>
  : { [Type in keyof Decoders & string]: ServerSentEvent<DecodedData<Decoders[Type]>, Type> }[keyof Decoders & string];

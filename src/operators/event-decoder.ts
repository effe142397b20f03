import type { Observable } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import type { StandardSchema } from './standard-schema.js';

/** Turns an event's text into its data, at once or later. If it throws or rejects, the event is invalid. */
export type Decoder<Data = unknown> = (data: string, event: ServerSentEvent) => Data | PromiseLike<Data>;

/** What decodes events: a function of the text, or a schema that judges the parsed JSON. */
export type EventDecoder = Decoder | StandardSchema;

/** What `json()` returns: an operator, and a decoder for `decode`. */
export interface Json<Data> {
  /** As a decoder: the parsed text. */
  (data: string): Data;
  /** As an operator: the events with parsed data. */
  (source: Observable<ServerSentEvent>): Observable<ServerSentEvent<Data>>;
}

/** The data that an `EventDecoder` makes. */
export type DecodedData<D> = D extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : D extends Json<infer Data>
    ? Data
    : D extends (...input: never) => infer Data
      ? Awaited<Data>
      : never;

/** The events that `decode` emits for its decoders: a union discriminated by `type`. */
export type DecodedEvent<Decoders> = Decoders extends EventDecoder
  ? ServerSentEvent<DecodedData<Decoders>>
  : { [Type in keyof Decoders & string]: ServerSentEvent<DecodedData<Decoders[Type]>, Type> }[keyof Decoders & string];

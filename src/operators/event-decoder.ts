import type { Observable } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import type { StandardSchema } from './standard-schema.js';

/** Turns the text of an event into its data, now or later. If it throws or rejects, the event is invalid. */
export type Decoder<Data = unknown> = (data: string, event: ServerSentEvent) => Data | PromiseLike<Data>;

/** Decodes events: a function of the text, or a schema that validates the parsed JSON. */
export type EventDecoder = Decoder | StandardSchema;

/** The result of `json()`: an operator, and a decoder for `decode`. */
export interface Json<Data> {
  /** As a decoder: returns the parsed text. */
  (data: string): Data;
  /** As an operator: emits the events with parsed data. */
  (source: Observable<ServerSentEvent>): Observable<ServerSentEvent<Data>>;
}

/** The type of data that an `EventDecoder` returns. */
export type DecodedData<D> = D extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : D extends Json<infer Data>
    ? Data
    : D extends (...input: never) => infer Data
      ? Awaited<Data>
      : never;

/** The events that `decode` emits for these decoders: a union discriminated by `type`. */
export type DecodedEvent<Decoders> = Decoders extends EventDecoder
  ? ServerSentEvent<DecodedData<Decoders>>
  : { [Type in keyof Decoders & string]: ServerSentEvent<DecodedData<Decoders[Type]>, Type> }[keyof Decoders & string];

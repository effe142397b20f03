import type { DecodeIssue } from '../errors.js';

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev): zod, valibot, arktype and others. These are its
 * types; nothing of it runs here.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the library says of the schema, by the standard’s own name for it. */
  readonly '~standard': {
    /** That of the standard. */
    readonly version: 1;
    /** The name of the library. */
    readonly vendor: string;
    /** Judges a value, at once or later. */
    readonly validate: (value: unknown) => SchemaResult<Output> | PromiseLike<SchemaResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value: what it is read as, or what is wrong with it. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly DecodeIssue[] };

import type { DecodeIssue } from '../errors.js';

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev), such as zod, valibot and arktype.
 * These are only its types.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties of the schema, under the key that the standard defines. */
  readonly '~standard': {
    /** The version of the standard. */
    readonly version: 1;
    /** The name of the library. */
    readonly vendor: string;
    /** Validates a value, now or later. */
    readonly validate: (value: unknown) => SchemaResult<Output> | PromiseLike<SchemaResult<Output>>;
    /** Types for the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The result of a validation: the output, or the issues. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly DecodeIssue[] };

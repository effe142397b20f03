/** The decisions of a policy that the scripts try. */
export type Decision = boolean | number | undefined;

/** The settings of a script's stream. */
export interface LifeOptions {
  readonly method: 'GET' | 'POST';
  readonly resume: 'none' | 'url' | 'function';
  readonly reconnect:
    | undefined
    | false
    | {
        readonly count?: number | undefined;
        readonly onEnd?: boolean | undefined;
        readonly when: { readonly says: Decision } | 'later' | 'default';
        /** `number`: 1000, doubled after each failure, up to 4000. `later`: until the script ends the wait. */
        readonly delay: 'number' | 'later';
      };
  readonly lastEventId: '' | '3';
  readonly hasStore: boolean;
  readonly connectWhile: 'none' | 'silent' | 'true';
  readonly hasRenew: boolean;
  /** The function that only returns when the script says so. */
  readonly slow: 'none' | 'headers' | 'prepare' | 'resume' | 'validate';
  readonly positionInData: boolean;
  readonly hasIsGap: boolean;
  readonly hasIsLast: boolean;
  readonly connectTimeout: 0 | 5000;
  readonly idleTimeout: 0 | 20_000;
  /** Whether `prepare` removes the position. */
  readonly drops: boolean;
  /** Whether the reaction within the `next` of a step happens before the step is passed on, as in a `tap`. */
  readonly actsFirst: boolean;
}

/** The possible reactions within `next`. */
export type Reaction = 'pause' | 'run' | 'pause, run' | 'renew' | 'renew, pause' | 'unsubscribe';

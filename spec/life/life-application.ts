import { BehaviorSubject, Subject } from 'rxjs';
import type { Attempt, EventSourceOptions, PreparedRequest } from '../../src/index.js';
import type { LifeModel } from '../support/life-model.js';
import type { Decision, LifeOptions, Reaction } from '../support/life-options.js';
import { nameOf, told } from './compared-parts.js';
import type { Command } from './life-scripts.js';
import type { ServerCommand } from './life-server.js';

export type ApplicationCommand = Exclude<Command, ServerCommand | { do: 'go' | 'wait' }>;

/** The application of a script: the options of its stream, and its actions, which it passes to the model. */
export class LifeApplication {
  readonly connectWhile: Subject<boolean>;
  readonly renew = new Subject<void>();
  readonly wake = new Subject<void>();
  /** The arguments that its functions received. */
  readonly told: unknown[] = [];
  /** The position in its store. */
  stored: string | undefined;
  /** The Observable of the function that was called last. */
  asked: Subject<unknown> | undefined;
  /** Whether `deliver` holds everything back. */
  holding = false;
  private answer: unknown;
  private armed: LifeModel['delivery']['armed'];
  private flush: ((limit?: number) => number) | undefined;

  constructor(
    private readonly options: LifeOptions,
    private readonly model: LifeModel,
    private readonly unsubscribe: () => void,
  ) {
    this.connectWhile = options.connectWhile === 'true' ? new BehaviorSubject(true) : new Subject();
  }

  /** Returns the options of the stream. */
  settings(): EventSourceOptions {
    const { method, resume, reconnect, lastEventId, hasStore, connectWhile, hasRenew, slow, drops } = this.options;
    const { positionInData, hasIsGap, hasIsLast, connectTimeout, idleTimeout } = this.options;
    const slowly = (when: LifeOptions['slow']): never => (slow === when ? this.ask() : undefined) as never;
    const prepare: NonNullable<EventSourceOptions['prepare']> = ({ url, init }) => {
      const { 'last-event-id': id, ...headers } = init.headers;
      const prepared = { url, init: { ...init, headers: drops || id === undefined ? headers : init.headers } };
      return slow === 'prepare' ? this.ask<PreparedRequest>(prepared) : prepared;
    };
    return {
      method,
      headers: attempt => {
        const answer = slowly('headers');
        this.tell('headers', attempt);
        return answer;
      },
      ...((drops || slow === 'prepare') && { prepare }),
      ...(resume === 'url' && { resume: '/rest' }),
      ...(resume === 'function' && {
        resume: attempt => {
          const request = { url: `/rest?after=${attempt.lastEventId}` };
          const answer = slow === 'resume' ? this.ask<PreparedRequest>(request) : request;
          this.tell('resume', attempt);
          return answer;
        },
      }),
      ...(slow === 'validate' && { validate: () => slowly('validate') }),
      lastEventId: hasStore ? { get: () => lastEventId, set: id => void (this.stored = id) } : lastEventId,
      ...(connectWhile !== 'none' && { connectWhile: this.connectWhile }),
      ...(hasRenew && { renew: this.renew }),
      ...(positionInData && {
        position: ({ type, data }) => (type === 'bare' ? undefined : type === 'clear' ? '' : data),
      }),
      ...(hasIsGap && { isGap: ({ type }) => type === 'gap' }),
      ...(hasIsLast && { isLast: ({ type }) => type === 'last' }),
      connectTimeout,
      idleTimeout,
      deliver: flush => {
        this.flush = flush;
        if (!this.holding) flush();
      },
      ...this.reconnect(reconnect),
    };
  }

  private reconnect(given: LifeOptions['reconnect']): Pick<EventSourceOptions, 'reconnect'> {
    if (given === undefined) return {};
    if (given === false) return { reconnect: false };
    const { count, onEnd, when, delay } = given;
    return {
      reconnect: {
        count,
        onEnd,
        maxDelay: 4000,
        jitter: 0,
        wake: this.wake,
        delay:
          delay === 'number'
            ? 1000
            : attempt => {
                const answer = this.ask();
                this.tell('delay', attempt);
                return answer;
              },
        ...(when !== 'default' && {
          when: (error: unknown, attempt: Attempt) => {
            const answer = when === 'later' ? this.ask<Decision>() : when.says;
            this.tell('when', attempt, nameOf(error));
            return answer;
          },
        }),
      },
    };
  }

  /** Returns an Observable that emits when the script says so, with `answer` if the script has no value. */
  private ask<T>(answer?: T): Subject<T> {
    const asked = new Subject<T>();
    this.answer = answer;
    this.asked = asked as Subject<unknown>;
    return asked;
  }

  private react(reaction: Reaction): void {
    for (const act of reaction.split(', ')) {
      if (act === 'pause') this.connectWhile.next(false);
      if (act === 'run') this.connectWhile.next(true);
      if (act === 'renew') this.renew.next();
      if (act === 'unsubscribe') this.unsubscribe();
    }
  }

  /** Runs the armed reaction within the `next` of a step or within a function. */
  reactIn(kind: string): void {
    const { armed } = this;
    if (armed?.kind !== kind) return;
    this.armed = undefined;
    this.react(armed.reaction);
  }

  /**
   * Records what a function received. Its result must be created before, because
   * the reaction may call the next function.
   */
  private tell(kind: string, attempt: Attempt, ...error: string[]): void {
    this.told.push([kind, ...error, told(attempt)]);
    this.reactIn(kind);
  }

  /** Executes a command. Returns `false` if the command isn't possible now. */
  act(command: ApplicationCommand): boolean {
    const { model, options } = this;
    switch (command.do) {
      case 'react':
        this.react(command.reaction);
        model.react(command.reaction);
        return true;
      case 'arm':
        this.armed = model.delivery.armed = command;
        return true;
      case 'wake':
        if (typeof options.reconnect !== 'object') return false;
        this.wake.next();
        model.wake();
        return true;
      case 'answer':
        return this.answers(command.decision, command.fails);
      case 'hold':
        if (!command.holds) {
          this.flush?.();
          model.delivery.hand(Infinity);
        }
        this.holding = model.delivery.holding = command.holds;
        return true;
      case 'flush':
        this.flush?.(command.limit);
        model.delivery.hand(command.limit);
        return true;
      case 'settle':
        if (options.connectWhile === 'none') return false;
        this.connectWhile.complete();
        model.settle();
        return true;
      case 'spoil':
        if (options.connectWhile === 'none' || model.isSettled) return false;
        this.connectWhile.error(new Error('connectWhile'));
        model.spoil('connectWhile');
        return true;
      case 'spoil renew':
        if (!options.hasRenew) return false;
        this.renew.error(new Error('renew'));
        model.spoil('renew');
        return true;
      case 'unsubscribe':
        this.react('unsubscribe');
        model.react('unsubscribe');
        return true;
    }
  }

  private answers(decision: Decision, fails: boolean): boolean {
    const { model, asked } = this;
    const { asks } = model;
    if (!asked || !asks) return false;
    const { slow } = this.options;
    if (asks === 'when') {
      if (fails) {
        asked.error(new Error('when'));
        model.spoil('when');
      } else {
        asked.next(decision);
        model.answerWhen(decision);
      }
    } else if (asks === 'delay') {
      if (fails) asked.complete();
      else asked.next('now');
      model.answerDelay(fails);
    } else {
      if (fails) asked.error(new Error(slow === 'validate' ? 'refused' : 'rejected'));
      else asked.next(this.answer);
      model.answerSlow(fails);
    }
    return true;
  }
}

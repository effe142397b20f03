import { deepStrictEqual } from 'node:assert';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { BehaviorSubject, Subject, type Subscription } from 'rxjs';
import {
  type Attempt,
  EventSourceError,
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSourceLifecycle,
  type PreparedRequest,
  ResponseStatusError,
} from '../../src/index.js';
import { type FakeConnection, fakeEventSource } from '../../src/testing/index.js';
import { LateClock } from '../support/late-clock.js';
import { type Decision, LifeModel, type LifeOptions, type Reaction, type Step } from '../support/life-model.js';
import { NumberedLog, ONCE, type Sent } from '../support/numbered-log.js';
import { firstSeed } from '../support/random-stream.js';

/** `RUNS=20000 npm test -- spec/life/run-life.random` plays more scripts. */
const RUNS = Number(process.env['RUNS'] ?? 500);

const maybe = <T>(...values: readonly T[]) => fc.constantFrom<T | undefined>(undefined, ...values);
const rarely = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

const options: fc.Arbitrary<LifeOptions> = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  resume: fc.constantFrom('none', 'url', 'function'),
  reconnect: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(undefined, undefined, undefined, undefined, false as const) },
    {
      weight: 3,
      arbitrary: fc.record({
        count: maybe(0, 1, 2, Infinity, Infinity, Infinity),
        onEnd: maybe(true, false),
        when: fc.oneof(
          fc.constant('default' as const),
          fc.constant('later' as const),
          fc.record({ says: maybe<Decision>(true, true, false, 0, 700) }),
        ),
        delay: fc.constantFrom('number', 'number', 'later'),
      }),
    },
  ),
  lastEventId: fc.constantFrom('', '3'),
  hasStore: fc.boolean(),
  connectWhile: fc.constantFrom('none', 'silent', 'true', 'true'),
  hasRenew: fc.boolean(),
  slow: fc.constantFrom('none', 'none', 'headers', 'prepare', 'resume', 'validate'),
  positionInData: rarely,
  hasIsGap: fc.boolean(),
  hasIsLast: fc.boolean(),
  connectTimeout: fc.constantFrom(0, 5000),
  idleTimeout: fc.constantFrom(0, 0, 20_000),
  drops: rarely,
  actsFirst: fc.boolean(),
});

const steps = fc.array(
  fc.oneof(
    // The next step if nothing goes wrong.
    { weight: 10, arbitrary: fc.constant({ do: 'go' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('open' as const), header: fc.constantFrom('same', 'newest', 'none') }),
    },
    {
      weight: 24,
      arbitrary: fc.record({
        do: fc.constant('send' as const),
        what: fc.array(
          fc.constantFrom<Sent>(
            ...Array<Sent>(16).fill('event'),
            ...([
              'bare',
              'move',
              'move',
              'gap',
              'gap',
              'comment',
              'retry 1500',
              'retry 6000',
              'clear',
              'last',
            ] as const),
          ),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    },
    { weight: 12, arbitrary: fc.record({ do: fc.constantFrom('cut', 'cut', 'fail', 'end') }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('refuse' as const),
        status: fc.constantFrom(503, 503, 503, 410, 410, 409, 412, 404, 204),
        retryAfter: maybe(7),
      }),
    },
    {
      weight: 16,
      arbitrary: fc.record({
        do: fc.constant('react' as const),
        reaction: fc.constantFrom<Reaction>('pause', 'pause', 'run', 'run', 'pause, run', 'renew', 'renew, pause'),
      }),
    },
    {
      weight: 16,
      arbitrary: fc.record({
        do: fc.constant('arm' as const),
        kind: fc.constantFrom(
          ...['connecting', 'open', 'gap', 'event', 'event', 'comment', 'retry-time', 'waiting', 'paused'],
          ...['headers', 'resume', 'when', 'delay'],
        ),
        reaction: fc.constantFrom<Reaction>(
          ...(['pause', 'pause', 'run', 'run', 'pause, run', 'pause, run'] as const),
          ...(['renew', 'renew', 'renew, pause', 'unsubscribe'] as const),
        ),
      }),
    },
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        length: fc.constantFrom<number>(1, 500, 999, 1000, 3000, 4000, 20_000, 90_000),
        isLate: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.constant({ do: 'wake' as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('answer' as const),
        decision: maybe<Decision>(true, true, false, 0, 700),
        fails: rarely,
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('hold' as const), holds: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('flush' as const), limit: fc.constantFrom(1, 2, 100) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('settle', 'spoil', 'spoil renew', 'unsubscribe') }) },
  ),
  { maxLength: 80, size: 'max' },
);
type Command = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** Returns the part of an error that is compared. */
function nameOf(error: unknown): string {
  if (error instanceof ResponseStatusError) return `status ${error.status}`;
  return error instanceof EventSourceError ? error.name : (error as Error).message;
}

const told = ({ count, lastEventId, error }: Attempt) => ({
  count,
  lastEventId,
  ...(error !== undefined && { error: nameOf(error) }),
});

/** Returns the part of a step that is compared. */
function flat(step: EventSourceLifecycle): Step {
  switch (step.kind) {
    case 'event':
      return { kind: step.kind, ...step.event };
    case 'open': {
      const { kind, url, status, resumedFrom, downtime } = step;
      return { kind, url, status, resumedFrom, downtime };
    }
    case 'waiting': {
      const { kind, delay, attempt } = step;
      return { kind, delay, attempt, ...('error' in step && { error: nameOf(step.error) }) };
    }
    default:
      return { ...step };
  }
}

/** The state that a connection must be in for a command. */
const NEEDS: Partial<Record<Command['do'], LifeModel['mode']>> = {
  open: 'requested',
  refuse: 'requested',
  fail: 'requested',
  send: 'open',
  cut: 'open',
  end: 'open',
};

const STATES = ['connecting', 'open', 'waiting', 'paused', 'closed'];

/** A real stream with its server and its user, and a simple model of them. */
class Play {
  readonly model: LifeModel;
  private readonly server = fakeEventSource();
  private readonly clock = new LateClock();
  private readonly log: NumberedLog;
  private readonly connectWhile: Subject<boolean>;
  private readonly renew = new Subject<void>();
  private readonly wake = new Subject<void>();
  private readonly steps: Step[] = [];
  private readonly told: unknown[] = [];
  private compared = { steps: 0, told: 0, requests: 0 };
  private result: LifeModel['result'] = 'live';
  private stored: string | undefined;
  /** Faults that were found within `next`. */
  private readonly faults: string[] = [];
  private asked: Subject<unknown> | undefined;
  private answer: unknown;
  private armed: LifeModel['armed'];
  private holding = false;
  private flush: ((limit?: number) => number) | undefined;
  private readonly subscription: Subscription;

  constructor(
    private readonly options: LifeOptions,
    private readonly count: (what: string) => void,
  ) {
    this.model = new LifeModel(options);
    this.log = new NumberedLog(options.positionInData, Number(options.lastEventId));
    this.connectWhile = options.connectWhile === 'true' ? new BehaviorSubject(true) : new Subject();
    const source = fromEventSourceLifecycle('/stream', this.settings());
    // `next` may already be called within `subscribe`.
    this.subscription = source.subscribe({
      next: step => {
        if (this.result !== 'live') this.faults.push(`Expected nothing more, but got ${step.kind}`);
        this.expectTruth(step.kind);
        if (!options.actsFirst) this.steps.push(flat(step));
        this.reactIn(step.kind);
        if (options.actsFirst) this.steps.push(flat(step));
      },
      error: (error: unknown) => (this.result = { error: nameOf(error) }),
      complete: () => (this.result = 'completed'),
    });
    this.model.subscribe();
    this.compare();
  }

  /** Executes a command, and compares the results. Returns `false` if the command isn't possible now. */
  do(command: Command): boolean {
    const { model } = this;
    if (model.result !== 'live') return false;
    if (command.do === 'go') return this.go();
    // If the server can't do that yet, everything goes well until it can.
    for (const wanted = NEEDS[command.do]; wanted && model.mode !== wanted && this.go(););
    if (!this.act(command)) return false;
    this.count(command.do);
    this.compare();
    return true;
  }

  /** Ends the stream if it hasn't ended by itself. Nothing must be left afterwards. */
  finish(): void {
    if (this.model.result === 'live') {
      this.subscription.unsubscribe();
      this.result = 'unsubscribed';
      this.model.react('unsubscribe');
    }
    this.clock.advanceTo(this.clock.now() + 10_000_000);
    this.model.advance(this.clock.now(), false);
    this.compare();
    this.count(`ends: ${typeof this.result === 'object' ? 'failed' : this.result}`);
    for (const { kind } of this.steps) this.count(`says: ${kind}`);
    this.server.verify();
    const { connectWhile, renew, wake, asked, clock } = this;
    deepStrictEqual(
      {
        observed: [connectWhile, renew, wake, asked].map(subject => subject?.observed ?? false),
        timers: clock.timers,
      },
      { observed: [false, false, false, false], timers: 0 },
    );
  }

  private settings(): EventSourceOptions {
    const { method, resume, reconnect, lastEventId, hasStore, connectWhile, hasRenew, slow, drops } = this.options;
    const { positionInData, hasIsGap, hasIsLast, connectTimeout, idleTimeout } = this.options;
    const slowly = (when: LifeOptions['slow']): never => (slow === when ? this.ask() : undefined) as never;
    const prepare: NonNullable<EventSourceOptions['prepare']> = ({ url, init }) => {
      const { 'last-event-id': id, ...headers } = init.headers;
      const prepared = { url, init: { ...init, headers: drops || id === undefined ? headers : init.headers } };
      return slow === 'prepare' ? this.ask<PreparedRequest>(prepared) : prepared;
    };
    return {
      fetch: this.server.fetch,
      scheduler: this.clock,
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

  private get connection(): FakeConnection | undefined {
    return this.server.connections.find(({ state }) => state === 'requested' || state === 'open');
  }

  private react(reaction: Reaction): void {
    for (const act of reaction.split(', ')) {
      if (act === 'pause') this.connectWhile.next(false);
      if (act === 'run') this.connectWhile.next(true);
      if (act === 'renew') this.renew.next();
      if (act === 'unsubscribe') {
        this.result = 'unsubscribed';
        this.subscription.unsubscribe();
      }
    }
  }

  /** Runs the armed reaction within the `next` of a step or within a function. */
  private reactIn(kind: string): void {
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

  /** Plays the next command if nothing goes wrong. */
  private go(): boolean {
    const { mode, asks } = this.model;
    if (this.holding) return this.do({ do: 'hold', holds: false });
    if (asks) return this.do({ do: 'answer', decision: true, fails: false });
    if (mode === 'requested') return this.do({ do: 'open', header: 'none' });
    if (mode === 'paused') return this.do({ do: 'react', reaction: 'run' });
    if (mode === 'waiting') return this.do({ do: 'wait', length: this.model.untilTimer, isLate: false });
    return false;
  }

  private act(command: Command): boolean {
    const { model, connection, log, options } = this;
    switch (command.do) {
      case 'go':
        return false;
      case 'open': {
        if (!connection || model.mode !== 'requested') return false;
        const asked = /after=(.*)/.exec(connection.url)?.[1] ?? connection.lastEventId;
        const header = { same: asked, newest: String(log.newest), none: '' }[command.header] || null;
        model.cursor = log.after(header ?? asked);
        connection.open(header === null ? {} : { headers: { 'last-event-id': header } });
        model.opens(header);
        return true;
      }
      case 'send': {
        if (!connection || model.mode !== 'open') return false;
        const wanted = log.send(model.cursor, command.what);
        // The end of a chunk reports a block that is only an id: a gap within the same chunk names the last
        // event ID before it.
        const alone = wanted.findIndex(({ what }) => what === 'move');
        const entries = alone < 0 ? wanted : wanted.slice(0, alone + 1);
        connection.raw(log.encode(entries));
        model.sends(entries);
        return true;
      }
      case 'cut':
        if (!connection || model.mode !== 'open') return false;
        connection.break();
        model.cuts();
        return true;
      case 'end':
        if (!connection || model.mode !== 'open') return false;
        connection.end();
        model.ends();
        return true;
      case 'fail':
        if (!connection || model.mode !== 'requested') return false;
        connection.fail();
        model.fails();
        return true;
      case 'refuse': {
        if (!connection || model.mode !== 'requested') return false;
        const { status, retryAfter } = command;
        const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
        connection.refuse(status, { headers });
        model.refuses(status, retryAfter && retryAfter * 1000);
        return true;
      }
      case 'react':
        this.react(command.reaction);
        model.react(command.reaction);
        return true;
      case 'arm':
        this.armed = model.armed = command;
        return true;
      case 'wait': {
        // Other tests check how late a timer of `idleTimeout` may be.
        const isLate = command.isLate && options.idleTimeout === 0;
        const to = this.clock.now() + command.length;
        if (isLate) this.clock.jumpTo(to);
        else this.clock.advanceTo(to);
        model.advance(to, isLate);
        return true;
      }
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
          model.flush(Infinity);
        }
        this.holding = model.holding = command.holds;
        return true;
      case 'flush':
        this.flush?.(command.limit);
        model.flush(command.limit);
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

  /** Checks what must always be true, regardless of the model. */
  private expectTruth(kind: string): void {
    const live = this.server.connections.filter(({ state }) => state === 'requested' || state === 'open');
    if (live.length > 1) this.faults.push(`Expected one connection, but within ${kind} there are ${live.length}`);
    if (this.holding || !STATES.includes(kind)) return;
    const isOpen = live[0]?.state === 'open';
    if (isOpen !== (kind === 'open')) this.faults.push(`Expected the truth, but within ${kind} open is ${isOpen}`);
  }

  private compare(): void {
    const { model, compared, server, options, clock } = this;
    const live = server.connections.filter(({ state }) => state === 'requested' || state === 'open');
    // A stream that was unsubscribed emits nothing more, and steps that are held back are emitted later.
    const isTold = this.result === 'live' && !this.holding;
    const last = this.steps.filter(({ kind }) => STATES.includes(kind)).at(-1);
    const is = {
      steps: this.steps.slice(compared.steps),
      told: this.told.slice(compared.told),
      requests: server.connections.slice(compared.requests).map(({ method, url, lastEventId }) => ({
        method,
        url,
        lastEventId,
      })),
      result: this.result,
      live: live.map(({ state }) => state),
      saysOpen: isTold ? last?.kind === 'open' : undefined,
      stored: this.stored ?? options.lastEventId,
      wakes: this.wake.observed,
      asks: this.asked?.observed ?? false,
      timers: options.idleTimeout > 0 ? 0 : clock.timers,
      now: clock.now(),
      faults: this.faults,
    };
    const { connection } = model;
    const should = {
      steps: model.steps.slice(compared.steps),
      told: model.told.slice(compared.told),
      requests: model.requests.slice(compared.requests),
      result: model.result,
      live: connection ? [connection] : [],
      saysOpen: isTold ? connection === 'open' && model.mode !== 'validating' : undefined,
      stored: options.hasStore ? model.delivered : options.lastEventId,
      wakes: typeof options.reconnect === 'object' && model.mode === 'waiting',
      asks: model.asks !== undefined,
      timers: options.idleTimeout > 0 ? 0 : model.timerCount,
      now: model.now,
      faults: [],
    };
    deepStrictEqual(is, should);
    for (const request of should.requests) server.expectConnection(request);
    this.compared = {
      steps: this.steps.length,
      told: this.told.length,
      requests: server.connections.length,
    };
  }

  /** The numbers of the events that a client must receive once. */
  get received(): number[] {
    const kinds: readonly string[] = ['message', ...ONCE];
    return this.steps
      .filter(({ kind, type }) => kind === 'event' && kinds.includes(type as string))
      .map(({ data }) => Number(data));
  }
}

describe('a subscription, with random scripts', () => {
  const seen: Record<string, number> = {};
  const count = (what: string) => (seen[what] = (seen[what] ?? 0) + 1);
  const traces = Error as { prepareStackTrace?: unknown };
  const { prepareStackTrace } = traces;
  beforeEach(() => {
    // The default policy has jitter.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    // The fake server records where each request was made. Looking that up in source maps takes most of the time.
    traces.prepareStackTrace = String;
  });
  afterEach(() => {
    jest.restoreAllMocks();
    traces.prepareStackTrace = prepareStackTrace;
  });
  afterAll(() => console.log(`SEED=${firstSeed}: ${RUNS} scripts with ${JSON.stringify(seen)}`));

  it('emits what its model emits, sends the expected requests, and leaves nothing', () => {
    const play = (settings: LifeOptions, commands: readonly Command[]) => {
      const play = new Play(settings, count);
      for (const command of commands) play.do(command);
      const numbers = play.received;
      play.finish();
      // No event is repeated, and all are in order.
      expect(numbers.filter((n, index) => n <= (numbers[index - 1] ?? 0))).toEqual([]);
    };
    fc.assert(fc.property(options, steps, play), { seed: firstSeed, numRuns: RUNS });
  });
});

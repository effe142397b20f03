import { deepStrictEqual } from 'node:assert';
import type { Subscription } from 'rxjs';
import { fromEventSourceLifecycle } from '../../src/index.js';
import { LateClock } from '../support/late-clock.js';
import { LifeModel } from '../support/life-model.js';
import type { LifeOptions } from '../support/life-options.js';
import type { Step } from '../support/model-delivery.js';
import { ONCE } from '../support/numbered-log.js';
import { flat, nameOf } from './compared-parts.js';
import { LifeApplication } from './life-application.js';
import type { Command } from './life-scripts.js';
import { LifeServer } from './life-server.js';

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
export class LifePlay {
  readonly model: LifeModel;
  private readonly server: LifeServer;
  private readonly application: LifeApplication;
  private readonly clock = new LateClock();
  private readonly steps: Step[] = [];
  private compared = { steps: 0, told: 0, requests: 0 };
  private result: LifeModel['delivery']['result'] = 'live';
  /** Faults that were found within `next`. */
  private readonly faults: string[] = [];
  private readonly subscription: Subscription;

  constructor(
    private readonly options: LifeOptions,
    private readonly count: (what: string) => void,
  ) {
    this.model = new LifeModel(options);
    this.server = new LifeServer(options, this.model);
    this.application = new LifeApplication(options, this.model, () => {
      this.result = 'unsubscribed';
      this.subscription.unsubscribe();
    });
    const source = fromEventSourceLifecycle('/stream', {
      fetch: this.server.fake.fetch,
      scheduler: this.clock,
      ...this.application.settings(),
    });
    // `next` may already be called within `subscribe`.
    this.subscription = source.subscribe({
      next: step => {
        if (this.result !== 'live') this.faults.push(`Expected nothing more, but got ${step.kind}`);
        this.expectTruth(step.kind);
        if (!options.actsFirst) this.steps.push(flat(step));
        this.application.reactIn(step.kind);
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
    if (model.delivery.result !== 'live') return false;
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
    if (this.model.delivery.result === 'live') {
      this.subscription.unsubscribe();
      this.result = 'unsubscribed';
      this.model.react('unsubscribe');
    }
    this.clock.advanceTo(this.clock.now() + 10_000_000);
    this.model.clock.advance(this.clock.now(), false);
    this.compare();
    this.count(`ends: ${typeof this.result === 'object' ? 'failed' : this.result}`);
    for (const { kind } of this.steps) this.count(`says: ${kind}`);
    this.server.fake.verify();
    const { clock } = this;
    const { connectWhile, renew, wake, asked } = this.application;
    deepStrictEqual(
      {
        observed: [connectWhile, renew, wake, asked].map(subject => subject?.observed ?? false),
        timers: clock.timers,
      },
      { observed: [false, false, false, false], timers: 0 },
    );
  }

  /** Plays the next command if nothing goes wrong. */
  private go(): boolean {
    const { mode, asks } = this.model;
    if (this.application.holding) return this.do({ do: 'hold', holds: false });
    if (asks) return this.do({ do: 'answer', decision: true, fails: false });
    if (mode === 'requested') return this.do({ do: 'open', header: 'none' });
    if (mode === 'paused') return this.do({ do: 'react', reaction: 'run' });
    if (mode === 'waiting') return this.do({ do: 'wait', length: this.model.clock.untilTimer, isLate: false });
    return false;
  }

  private act(command: Command): boolean {
    const { model, options } = this;
    switch (command.do) {
      case 'go':
        return false;
      case 'open':
      case 'send':
      case 'cut':
      case 'end':
      case 'fail':
      case 'refuse':
        return this.server.act(command);
      case 'wait': {
        // Other tests check how late a timer of `idleTimeout` may be.
        const isLate = command.isLate && options.idleTimeout === 0;
        const to = this.clock.now() + command.length;
        if (isLate) this.clock.jumpTo(to);
        else this.clock.advanceTo(to);
        model.clock.advance(to, isLate);
        return true;
      }
      default:
        return this.application.act(command);
    }
  }

  /** Checks what must always be true, regardless of the model. */
  private expectTruth(kind: string): void {
    const { live } = this.server;
    if (live.length > 1) this.faults.push(`Expected one connection, but within ${kind} there are ${live.length}`);
    if (this.application.holding || !STATES.includes(kind)) return;
    const isOpen = live[0]?.state === 'open';
    if (isOpen !== (kind === 'open')) this.faults.push(`Expected the truth, but within ${kind} open is ${isOpen}`);
  }

  private compare(): void {
    const { model, compared, application, options, clock } = this;
    const { fake, live } = this.server;
    // A stream that was unsubscribed emits nothing more, and steps that are held back are emitted later.
    const isTold = this.result === 'live' && !application.holding;
    const last = this.steps.filter(({ kind }) => STATES.includes(kind)).at(-1);
    const is = {
      steps: this.steps.slice(compared.steps),
      told: application.told.slice(compared.told),
      requests: fake.connections.slice(compared.requests).map(({ method, url, lastEventId }) => ({
        method,
        url,
        lastEventId,
      })),
      result: this.result,
      live: live.map(({ state }) => state),
      saysOpen: isTold ? last?.kind === 'open' : undefined,
      stored: application.stored ?? options.lastEventId,
      wakes: application.wake.observed,
      asks: application.asked?.observed ?? false,
      timers: options.idleTimeout > 0 ? 0 : clock.timers,
      now: clock.now(),
      faults: this.faults,
    };
    const { connection } = model;
    const should = {
      steps: model.delivery.steps.slice(compared.steps),
      told: model.told.slice(compared.told),
      requests: model.requests.slice(compared.requests),
      result: model.delivery.result,
      live: connection ? [connection] : [],
      saysOpen: isTold ? connection === 'open' && model.mode !== 'validating' : undefined,
      stored: options.hasStore ? model.delivery.position : options.lastEventId,
      wakes: typeof options.reconnect === 'object' && model.mode === 'waiting',
      asks: model.asks !== undefined,
      timers: options.idleTimeout > 0 ? 0 : model.clock.timerCount,
      now: model.clock.now,
      faults: [],
    };
    deepStrictEqual(is, should);
    for (const request of should.requests) fake.expectConnection(request);
    this.compared = {
      steps: this.steps.length,
      told: application.told.length,
      requests: fake.connections.length,
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

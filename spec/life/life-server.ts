import { type FakeConnection, type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import type { LifeModel } from '../support/life-model.js';
import type { LifeOptions } from '../support/life-options.js';
import { NumberedLog } from '../support/numbered-log.js';
import type { Command } from './life-scripts.js';

export type ServerCommand = Extract<Command, { do: 'open' | 'send' | 'cut' | 'end' | 'fail' | 'refuse' }>;

/** The server of a script. It passes what it does to the model. */
export class LifeServer {
  readonly fake: FakeEventSource = fakeEventSource();
  private readonly log: NumberedLog;

  constructor(
    options: LifeOptions,
    private readonly model: LifeModel,
  ) {
    this.log = new NumberedLog(options.positionInData, Number(options.lastEventId));
  }

  /** The connections that are live. */
  get live(): FakeConnection[] {
    return this.fake.connections.filter(({ state }) => state === 'requested' || state === 'open');
  }

  /** Executes a command. Returns `false` if the command isn't possible now. */
  act(command: ServerCommand): boolean {
    const { model, log } = this;
    const [connection] = this.live;
    switch (command.do) {
      case 'open': {
        if (!connection || model.mode !== 'requested') return false;
        const asked = /after=(.*)/.exec(connection.url)?.[1] ?? connection.lastEventId;
        const header = { same: asked, newest: String(log.newest), none: '' }[command.header] || null;
        model.position.cursor = log.after(header ?? asked);
        connection.open(header === null ? {} : { headers: { 'last-event-id': header } });
        model.opens(header);
        return true;
      }
      case 'send': {
        if (!connection || model.mode !== 'open') return false;
        const wanted = log.send(model.position.cursor, command.what);
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
    }
  }
}

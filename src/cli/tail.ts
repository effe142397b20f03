import { asyncScheduler, interval, lastValueFrom, merge, Subject, takeUntil, takeWhile, tap, timer } from 'rxjs';
import {
  connectionState,
  type EventSourceLifecycle,
  fromEventSourceLifecycle,
  IDLE_CONNECTION,
  type LastEventIdStore,
} from '../index.js';
import { type CommandIo, hasColor } from './command-io.js';
import type { CommandValues } from './command-options.js';
import { requestOf } from './command-request.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { formatEvent, formatStep } from './format-step.js';
import { isBrokenPipe, Printer } from './printer.js';
import { runForEvent } from './run-for-event.js';
import type { StateFile } from './state-file.js';
import { formatStatus, StatusLine } from './status-line.js';
import { paint } from './style.js';
import { tailSettings, type TailSettings } from './tail-settings.js';

/** Prints the events of a stream until it should end. */
export async function tail(url: URL, values: CommandValues<'tail'>, io: CommandIo): Promise<ExitCode> {
  const settings = tailSettings(values);
  const request = await requestOf(values, io);
  const status = statusOf(settings, io);
  const sink = sinkOf(settings, io, status);
  let code = EXIT.done as ExitCode;
  // Stays subscribed until the very end: whatever still runs on a signal isn't done.
  const interrupted = io.interrupted.subscribe(signal => {
    code = EXIT[signal];
    sink.close();
  });
  const stopped = merge(io.interrupted, settings.time === undefined ? [] : timer(settings.time));
  const store = settings.stateFile && storeOf(settings.stateFile, sink);
  const steps = fromEventSourceLifecycle(url, {
    ...settings.stream,
    ...(store && { lastEventId: store }),
    ...request,
    // The next chunk is read when this one is printed, its commands are done, and the position is saved.
    deliver: flush => {
      flush();
      return sink.drained();
    },
  });
  try {
    const until = steps.pipe(
      tap(step => status.take(step)),
      takeWhile(step => sink.take(step), true),
      takeUntil(stopped),
    );
    await lastValueFrom(until, { defaultValue: undefined });
    await sink.drained();
    await store?.settled();
  } catch (error) {
    // A part of the chunk may be done.
    if (sink.delivered !== undefined) await settings.stateFile?.set(sink.delivered);
    // If the reader has closed the output, that's fine. After a signal, errors are expected.
    if (!isBrokenPipe(error) && code === EXIT.done) throw error;
  } finally {
    interrupted.unsubscribe();
    sink.close();
    status.close();
  }
  return code;
}

/** Saves a position only after all earlier events are printed and their commands have succeeded. */
function storeOf(file: StateFile, sink: Sink): LastEventIdStore & { settled(): Promise<void> } {
  let writing: Promise<void> = Promise.resolve();
  return {
    get: () => file.get(),
    set: id => {
      writing = sink.drained().then(
        () => file.set(id),
        () => undefined,
      );
      return writing;
    },
    // At the end, the stream saves its position in the same turn.
    settled: async () => {
      await new Promise(resolve => setImmediate(resolve));
      await writing;
    },
  };
}

/** Receives the steps. */
interface Sink {
  /** The id of the last event that was printed, or whose command has succeeded; `undefined` for none. */
  readonly delivered: string | undefined;
  /** Returns whether to continue after this step. */
  take(step: EventSourceLifecycle): boolean;
  /** Fulfills when all steps are printed and their commands are done. */
  drained(): Promise<unknown>;
  close(): void;
}

function sinkOf(settings: TailSettings, io: CommandIo, status: ShownStatus): Sink {
  const { isWanted, isLast, format, isLifecycle, exec } = settings;
  const isTerminal = io.stdout.isTTY === true;
  const look = { paint: paint(hasColor(io.stdout, io.env)), isTerminal };
  const printer = new Printer(
    io.stdout,
    () => status.clear(),
    () => status.show(),
  );
  const aborter = new AbortController();
  let work: Promise<unknown> = Promise.resolve();
  let count = 0;
  let taken: string | undefined;
  let delivered: string | undefined;
  return {
    get delivered() {
      return delivered;
    },
    take(step) {
      const isChosen = step.kind !== 'event' || isWanted(step.event);
      if (isLifecycle && isChosen) printer.print(formatStep(step));
      if (step.kind !== 'event') return true;
      const { event } = step;
      taken = event.lastEventId;
      if (isChosen) {
        count++;
        const text = formatEvent(event, format, { ...look, isTerminal: isTerminal && exec === undefined });
        if (exec !== undefined)
          work = work
            .then(() => runForEvent(exec, event, text, aborter.signal))
            .then(() => (delivered = event.lastEventId));
        else if (!isLifecycle) printer.print(text);
      }
      return count < settings.count && !isLast(event);
    },
    drained: async () => {
      const id = taken;
      await Promise.all([printer.drained(), work]);
      delivered = id;
    },
    close: () => {
      work.catch(() => undefined);
      aborter.abort();
    },
  };
}

/** The status line. Without a terminal, it does nothing. */
interface ShownStatus {
  take(step: EventSourceLifecycle): void;
  clear(): void;
  show(): void;
  close(): void;
}

function statusOf({ isQuiet }: TailSettings, { stderr, env }: CommandIo): ShownStatus {
  const nothing = () => undefined;
  if (isQuiet || stderr.isTTY !== true) return { take: nothing, clear: nothing, show: nothing, close: nothing };
  const steps = new Subject<EventSourceLifecycle>();
  let status = { connection: IDLE_CONNECTION, events: 0, rate: 0, lastEventId: '' };
  let before = 0;
  const line = new StatusLine(stderr, columns =>
    formatStatus(status, asyncScheduler.now(), paint(hasColor(stderr, env)), columns),
  );
  const subscription = steps.pipe(connectionState()).subscribe(connection => {
    status = { ...status, connection, lastEventId: connection.lastEventId };
    line.show();
  });
  subscription.add(
    steps.subscribe(step => {
      if (step.kind === 'event') {
        status = { ...status, events: status.events + 1, lastEventId: step.event.lastEventId };
      }
    }),
  );
  // Updates the countdown, and the events per second.
  subscription.add(
    interval(1000).subscribe(() => {
      status = { ...status, rate: status.events - before };
      before = status.events;
      line.show();
    }),
  );
  return {
    take: step => steps.next(step),
    clear: () => line.clear(),
    show: () => line.show(),
    close: () => {
      subscription.unsubscribe();
      line.clear();
    },
  };
}

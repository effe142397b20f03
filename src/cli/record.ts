import { open } from 'node:fs/promises';
import { lastValueFrom, merge, takeUntil, takeWhile, tap, timer } from 'rxjs';
import { type EventSourceLifecycle, fromEventSourceLifecycle } from '../index.js';
import type { CommandIo } from './command-io.js';
import { type CommandValues, parseTime, parseWhole } from './command-options.js';
import { requestOf } from './command-request.js';
import { counted } from './counted.js';
import { CommandError, EXIT, type ExitCode } from './exit-codes.js';
import { type RecordedItem, recordedEvent, type RecordingHead } from './recording.js';

/** Writes a stream to a file, with its times. */
export async function record(
  url: URL,
  path: string,
  values: CommandValues<'record'>,
  io: CommandIo,
): Promise<ExitCode> {
  const count = values.count === undefined ? Infinity : parseWhole('count', values.count, 1);
  const time = values.for === undefined ? undefined : parseTime('for', values.for);
  const request = await requestOf(values, io);
  const file = await open(path, 'w').catch((error: unknown) => {
    throw new CommandError(`Can't write the recording: ${(error as Error).message}`, EXIT.file, { cause: error });
  });
  const begun = performance.now();
  let lines = lineOf({ recording: 1, url: url.href, started: new Date().toISOString() });
  let [events, before] = [0, ''];
  const take = (step: EventSourceLifecycle) => {
    const at = Math.round(performance.now() - begun);
    if (step.kind === 'event') {
      lines += lineOf(recordedEvent(at, step.event, before));
      before = step.event.lastEventId;
      events++;
    }
    if (step.kind === 'comment') lines += lineOf({ at, comment: step.text });
    if (step.kind === 'retry-time') lines += lineOf({ at, retry: step.milliseconds });
    return events < count;
  };
  const write = async () => {
    const text = lines;
    lines = '';
    if (text !== '') await file.appendFile(text);
  };
  const steps = fromEventSourceLifecycle(url, {
    ...request,
    deliver: flush => {
      flush();
      return write();
    },
  });
  let code = EXIT.done as ExitCode;
  const stopped = merge(
    io.interrupted.pipe(tap(signal => (code = EXIT[signal]))),
    time === undefined ? [] : timer(time),
  );
  try {
    await lastValueFrom(steps.pipe(takeWhile(take, true), takeUntil(stopped)), { defaultValue: undefined });
  } finally {
    await write();
    await file.close();
    io.stderr.write(`${counted(events, 'event')} recorded in ${path}\n`);
  }
  return code;
}

const lineOf = (item: RecordingHead | RecordedItem) => `${JSON.stringify(item)}\n`;

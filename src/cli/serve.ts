import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstValueFrom } from 'rxjs';
import type { CommandIo } from './command-io.js';
import { type CommandValues, parseWhole } from './command-options.js';
import { CommandError, EXIT, type ExitCode } from './exit-codes.js';
import { playTo, type PlayOptions } from './play-to.js';
import { parseRecording, type RecordedItem } from './recording.js';

/** Plays a recorded stream on each connection until the process should end. */
export async function serve(path: string, values: CommandValues<'serve'>, io: CommandIo): Promise<ExitCode> {
  const port = values.port === undefined ? 0 : parseWhole('port', values.port, 0, 65_535);
  const host = values.host ?? '127.0.0.1';
  const options: PlayOptions = {
    speed: values.speed === undefined ? 1 : parseSpeed(values.speed),
    isLoop: values.loop ?? false,
    cutEvery: values['cut-every'] === undefined ? Infinity : parseWhole('cut-every', values['cut-every'], 1),
  };
  const items = await readRecording(path);
  const server = createServer((request, response) => void playTo(request, response, items, options));
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new CommandError(`Can't listen: ${(error as Error).message}`, EXIT.file, { cause: error });
  }
  const { address, port: given, family } = server.address() as AddressInfo;
  const events = items.filter(({ event }) => event).length;
  io.stdout.write(`${events} events of ${path} at http://${family === 'IPv6' ? `[${address}]` : address}:${given}/\n`);
  const signal = await firstValueFrom(io.interrupted);
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  return EXIT[signal];
}

async function readRecording(path: string): Promise<RecordedItem[]> {
  try {
    return parseRecording(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`Can't read the recording ${path}: ${(error as Error).message}`, EXIT.file, {
      cause: error,
    });
  }
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed >= 0 && speed < Infinity) return speed;
  throw new CommandError(`Expected a number for --speed, 0 or more, but got '${text}'`, EXIT.usage);
}

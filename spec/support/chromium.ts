import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** A program that is installed, and not by npm. */
export interface Program {
  readonly name: string;
  /** The environment variable that may name its executable. */
  readonly variable: string;
  /** What the executable is called. */
  readonly commands: readonly string[];
  /** The packages of Debian that bring it. */
  readonly debian: string;
}

/** The executable of a program: what the environment names, or one on the PATH. */
export function findProgram({ name, variable, commands, debian }: Program, environment = process.env): string {
  const { [variable]: named, PATH = '' } = environment;
  const candidates = named
    ? [named]
    : PATH.split(delimiter).flatMap(folder => commands.map(command => join(folder, command)));
  const found = candidates.find(existsSync);
  if (found !== undefined) return found;
  throw new Error(
    named
      ? `Expected an executable of ${name} at ${variable}, but there is no ${named}`
      : `Expected a ${name} on the PATH, but found none: install one (on Debian: apt-get install ${debian}), or set ${variable} to its executable`,
  );
}

export const findChromium = (environment?: NodeJS.ProcessEnv): string =>
  findProgram(
    {
      name: 'Chromium',
      variable: 'CHROME_PATH',
      commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
      debian: 'chromium',
    },
    environment,
  );

/** Starts one, without a window, that talks to loopback only. */
export function launchChromium(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}

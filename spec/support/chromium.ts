import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** A program that is installed on the machine, but not by npm. */
export interface Program {
  readonly name: string;
  /** The environment variable that can name its executable. */
  readonly variable: string;
  /** The possible names of its executable. */
  readonly commands: readonly string[];
  /** The Debian packages that contain it. */
  readonly debian: string;
}

/** Returns the executable of a program: the one that the environment variable names, or one on the PATH. */
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

/** Starts a headless Chromium that only connects to loopback. */
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

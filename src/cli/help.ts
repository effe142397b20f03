import { COMMANDS } from './command-options.js';

const CODES = `Exit codes:
  0    ended as asked, or the stream has ended       5    an event can't be read
  1    doctor has found something wrong              6    the command of --exec has failed
  2    the command line is wrong                     7    a file can't be read or written
  3    the server has refused                        130  interrupted (SIGINT)
  4    no connection                                 143  asked to end (SIGTERM)`;

const EXAMPLES = `Examples:
  rx-sse https://example.com/news                      what happens, as it happens
  rx-sse --json URL | jq .data                         for other programs
  rx-sse --state news.position --exec ./handle URL     each event once, over restarts
  rx-sse -d '{"ask":"why?"}' --until '[DONE]' URL      an answer that is streamed
  rx-sse doctor --origin https://app.example URL       why nothing arrives`;

/** What `--help` shows. */
export function help(): string {
  const commands = Object.values(COMMANDS).map(({ usage, about, options }) => {
    const rows = Object.entries(options).map(([name, option]) => {
      const { short, value, help } = option as { short?: string; value?: string; help: string };
      return [
        `  ${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`,
        help,
      ] as const;
    });
    return [usage, `  ${about}`, '', ...rows.map(([left, help]) => `${left.padEnd(31)} ${help}`)].join('\n');
  });
  return `${[...commands, CODES, EXAMPLES].join('\n\n')}\n\nNO_COLOR turns colours off.\n`;
}

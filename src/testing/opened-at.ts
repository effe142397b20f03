/** More frames than RxJS has between a subscriber and a `fetch`. */
const FRAMES = 200;

/**
 * Returns the frames of your code in the current stack, innermost first, without the frames of this package and other
 * installed packages.
 */
export function openedAt(): string {
  const limited = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = limited;
  limited.stackTraceLimit = FRAMES;
  const { stack = '' } = new Error();
  if (stackTraceLimit !== undefined) limited.stackTraceLimit = stackTraceLimit;
  const frames = stack.split('\n').filter(line => /:\d+:\d+\)?$/.test(line));
  // The innermost frame is this file. All other files of the package have the same path up to here.
  const root = /([^\s(@]*)testing[\\/]opened-at\.c?[jt]s/.exec(frames[0] ?? '')?.[1];
  const own = frames.filter(
    line => !(root && line.includes(root)) && !/[\\/]node_modules[\\/]|node:internal/.test(line),
  );
  return own.length > 0
    ? own.map(line => `    ${line.trim()}`).join('\n')
    : '    not by your code directly, but by a timer or a response, usually to reconnect';
}

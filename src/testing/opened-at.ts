/** More frames than RxJS has between a subscriber and a fetch. */
const FRAMES = 200;

/** Where the application is in the present call, from inside out: the stack, without the frames of this package and of what was installed. */
export function openedAt(): string {
  const limited = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = limited;
  limited.stackTraceLimit = FRAMES;
  const { stack = '' } = new Error();
  if (stackTraceLimit !== undefined) limited.stackTraceLimit = stackTraceLimit;
  const frames = stack.split('\n').filter(line => /:\d+:\d+\)?$/.test(line));
  // The innermost is this one: what else is in its package has the same path up to here.
  const root = /([^\s(@]*)testing[\\/]opened-at\.c?[jt]s/.exec(frames[0] ?? '')?.[1];
  const own = frames.filter(
    line => !(root && line.includes(root)) && !/[\\/]node_modules[\\/]|node:internal/.test(line),
  );
  return own.length > 0
    ? own.map(line => `    ${line.trim()}`).join('\n')
    : '    by no code of the application: by a timer or an answer, most often to reconnect';
}

import type { ConnectionState } from '../index.js';
import type { Output } from './command-io.js';
import { counted } from './counted.js';
import { withoutControls } from './format-step.js';
import type { Paint } from './style.js';

/** The content of the status line. */
export interface Status {
  readonly connection: ConnectionState;
  readonly events: number;
  /** Events per second. */
  readonly rate: number;
  readonly lastEventId: string;
}

const MARKS = {
  idle: ['○', 'dim'],
  connecting: ['◌', 'yellow'],
  open: ['●', 'green'],
  waiting: ['○', 'yellow'],
  paused: ['‖', 'yellow'],
  closed: ['■', 'dim'],
  failed: ['✗', 'red'],
} as const;

/** Returns the state of the connection as one line of a terminal. */
export function formatStatus(
  { connection, events, rate, lastEventId }: Status,
  now: number,
  paint: Paint,
  columns: number,
): string {
  const { status, retryAt, error } = connection;
  const [mark, style] = MARKS[status];
  const wait = retryAt === null ? '' : ` ${Math.max(0, Math.ceil((retryAt - now) / 1000))} s`;
  const parts = [
    `${status}${wait}`,
    error === null ? '' : error.status === undefined ? error.message : `status ${error.status}`,
    counted(events, 'event'),
    rate === 0 ? '' : `${rate.toFixed(1)}/s`,
    lastEventId === '' ? '' : `id ${lastEventId}`,
  ].filter(part => part !== '');
  const line = withoutControls(parts.join(' · '));
  const text = line.slice(0, Math.max(0, columns - 3));
  return `${paint(mark, style)} ${paint(text, 'dim')}`;
}

/** Shows a line at the bottom of a terminal, and removes it. */
export class StatusLine {
  private isShown = false;

  constructor(
    private readonly output: Output,
    private readonly format: (columns: number) => string,
  ) {}

  private get columns(): number {
    const { columns = 0 } = this.output;
    // Some terminals report 0 if they don't know.
    return columns === 0 ? 80 : columns;
  }

  show(): void {
    this.output.write(`\r\x1b[2K${this.format(this.columns)}`);
    this.isShown = true;
  }

  clear(): void {
    if (this.isShown) this.output.write('\r\x1b[2K');
    this.isShown = false;
  }
}

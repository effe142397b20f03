import { type Assets, type Exchange, SseServer } from './sse-server.js';

/**
 * A server with numbered events, from 1. Each connection receives the events after its last event ID, and each
 * published event.
 */
export class PublishedStream {
  published = 0;
  /** The durations of periods with more than one connection, in milliseconds. */
  readonly overlaps: number[] = [];
  /** The durations without a connection, each until another one took over, in milliseconds. */
  readonly takeOvers: number[] = [];
  private readonly live = new Map<Exchange, number>();
  private overlapsSince = 0;
  private goneSince: number | undefined;

  private constructor(readonly server: SseServer) {}

  static async start(assets: Assets): Promise<PublishedStream> {
    const stream: PublishedStream = new PublishedStream(
      await SseServer.start(exchange => void stream.answer(exchange), assets),
    );
    return stream;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.live.size;
  }

  publish(count: number): void {
    this.published += count;
    for (const exchange of this.live.keys()) this.send(exchange);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  private async answer(exchange: Exchange): Promise<void> {
    exchange.open();
    this.live.set(exchange, Number(exchange.lastEventId ?? 0));
    if (this.goneSince !== undefined) this.takeOvers.push(performance.now() - this.goneSince);
    this.goneSince = undefined;
    if (this.live.size === 2) this.overlapsSince = performance.now();
    this.send(exchange);
    await exchange.gone();
    this.live.delete(exchange);
    if (this.live.size === 0) this.goneSince = performance.now();
    if (this.live.size === 1) this.overlaps.push(performance.now() - this.overlapsSince);
  }

  private send(exchange: Exchange): void {
    const from = (this.live.get(exchange) ?? 0) + 1;
    this.live.set(exchange, this.published);
    let text = '';
    for (let id = from; id <= this.published; id++) text += `id: ${id}\ndata: ${id}\n\n`;
    if (text !== '') exchange.send(text);
  }
}

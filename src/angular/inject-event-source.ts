import { isPlatformServer } from '@angular/common';
import { assertInInjectionContext, DestroyRef, inject, Injector, NgZone, PLATFORM_ID } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { NEVER, Observable, Subject, takeUntil } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  type ServerSentEvent,
} from '../index.js';
import { SSE_DEFAULTS, type SseOptions } from './provide-sse.js';

/** `fromEventSource`, bound to an injector. */
export interface InjectedEventSource {
  /** `fromEventSource`: the events of a stream. */
  (url: string | URL, options?: SseOptions): Observable<ServerSentEvent>;
  /** `fromEventSourceLifecycle`: all that happens on a stream. */
  lifecycle(url: string | URL, options?: SseOptions): Observable<EventSourceLifecycle>;
}

/** Where `injectEventSource` is called outside of an injection context. */
export interface InjectEventSourceOptions {
  /** What to take the defaults from, and whose end is that of the streams. */
  readonly injector?: Injector | undefined;
}

/**
 * `fromEventSource`, bound to an injector: to that of the component, directive, service or route in which it is called.
 *
 * Its streams are those of `fromEventSource`, with the defaults of `provideSse`, and
 *
 * - complete when the injector is destroyed: a component that is left leaves no connection behind;
 * - read outside of Angular's zone, and enter it once for each chunk that has something to deliver, never for heartbeats: an open stream
 *   neither keeps the application from being stable, nor has it look for changes where there are none (option `zone`);
 * - do not connect where a page is rendered on the server (option `ssr`).
 *
 * It throws outside of an injection context, unless it is given an `injector`.
 *
 * @example
 * ```ts
 * class Ticker {
 *   private readonly eventSource = injectEventSource();
 *   readonly price = toSignal(this.eventSource('/market').pipe(decode({ price: json<Price>() })));
 *   readonly connection = toSignal(this.eventSource.lifecycle('/market').pipe(connectionState()));
 * }
 * ```
 */
export function injectEventSource({ injector }: InjectEventSourceOptions = {}): InjectedEventSource {
  if (!injector) assertInInjectionContext(injectEventSource);
  const from = injector ?? inject(Injector);
  const defaults = from.get(SSE_DEFAULTS, null, { optional: true });
  const ngZone = from.get(NgZone);
  const destroyRef = from.get(DestroyRef);
  const onServer = isPlatformServer(from.get(PLATFORM_ID));

  const bind =
    <T>(create: (url: string | URL, options: EventSourceOptions) => Observable<T>) =>
    (url: string | URL, options?: SseOptions): Observable<T> => {
      const { zone = 'batch', ssr = 'idle', deliver, ...others } = { ...defaults, ...options };
      oneOf('zone', zone, ['batch', 'outside']);
      oneOf('ssr', ssr, ['idle', 'connect']);
      const enter = (run: () => unknown) => (zone === 'batch' ? ngZone.run(run) : run());
      const source = create(url, {
        ...others,
        deliver: (flush, heartbeat) => {
          const run = () => (deliver ? deliver(flush, heartbeat) : flush());
          return heartbeat ? run() : enter(run);
        },
      });
      const bound = new Observable<T>(subscriber => {
        // A source may emit while it is subscribed to, and be left in that very moment.
        const left = new Subject<void>();
        subscriber.add(() => left.next());
        ngZone.runOutsideAngular(() => {
          source.pipe(takeUntil(left)).subscribe({
            next: value => subscriber.next(value),
            error: (error: unknown) => void enter(() => subscriber.error(error)),
            complete: () => {
              if (!subscriber.closed) enter(() => subscriber.complete());
            },
          });
        });
      });
      return (onServer && ssr === 'idle' ? (NEVER as Observable<T>) : bound).pipe(takeUntilDestroyed(destroyRef));
    };

  return Object.assign(bind(fromEventSource), { lifecycle: bind(fromEventSourceLifecycle) });
}

function oneOf(name: string, value: unknown, values: readonly string[]): void {
  if (!values.includes(value as string)) {
    throw new TypeError(`Expected '${values.join("' or '")}' for \`${name}\`, but got ${String(value)}`);
  }
}

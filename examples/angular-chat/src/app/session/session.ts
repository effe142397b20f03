import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { inject, Injectable, makeStateKey, REQUEST_CONTEXT, signal, TransferState } from '@angular/core';
import { map, type Observable, of, share, tap } from 'rxjs';
import { endForAll } from 'rx-sse/tabs';
import type { Session as Grant } from '../../../server/api';

/** The user of the rendered page: a name, or `null` if nobody is logged in. */
const RENDERED_FOR = makeStateKey<string | null>('session.name');

const TIMEOUT = { timeout: 10_000 };

/**
 * The session of the user. The name is known from the first render on, on the server and in the browser. The token is
 * only in memory: after a reload, the first request gets a new one with the cookie, which scripts can't read.
 */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly http = inject(HttpClient);
  private readonly current = signal(renderedFor());
  private accessToken: string | undefined;

  private readonly expired = signal(false);

  /** The name, or `null` if nobody is logged in. */
  readonly name = this.current.asReadonly();
  /** Whether the session has ended elsewhere: on the server or in another tab. */
  readonly ended = this.expired.asReadonly();

  /** One request for everyone who waits for it. */
  private readonly refreshed = this.http.post<Grant>('/api/refresh', null, TIMEOUT).pipe(
    tap({
      next: grant => {
        const before = this.current();
        this.begin(grant);
        // Requests of one user must not be sent as another user.
        if (before !== null && before !== grant.name) throw new SessionChanged(grant.name);
      },
      error: (error: unknown) => {
        // If the server is unreachable, the user stays logged in.
        if (error instanceof HttpErrorResponse && error.status === 401) this.hasEnded();
      },
    }),
    map(({ token }) => token),
    share(),
  );

  /** Returns a token that differs from the rejected one. */
  token(refused?: string): Observable<string> {
    const { accessToken } = this;
    return accessToken === undefined || accessToken === refused ? this.refreshed : of(accessToken);
  }

  join(name: string): Observable<unknown> {
    return this.http.post<Grant>('/api/login', { name }, TIMEOUT).pipe(tap(grant => this.begin(grant)));
  }

  leave(): Observable<unknown> {
    return this.http.post('/api/logout', null, TIMEOUT).pipe(
      tap(() => {
        const name = this.current();
        this.end();
        // Other tabs receive it through their shared streams.
        if (name !== null) void endForAll(name);
      }),
    );
  }

  /** The server or another tab has ended the session. */
  hasEnded(): void {
    if (this.current() === null) return;
    this.expired.set(true);
    this.end();
  }

  private begin({ name, token }: Grant): void {
    this.expired.set(false);
    this.accessToken = token;
    this.current.set(name);
  }

  private end(): void {
    this.accessToken = undefined;
    this.current.set(null);
  }
}

/** Another user has logged in, in another window of this browser. */
export class SessionChanged extends Error {
  constructor(name: string) {
    super(`You are now ${name}, because you joined in another window.`);
  }
}

function renderedFor(): string | null {
  const state = inject(TransferState);
  const request = inject(REQUEST_CONTEXT, { optional: true }) as { readonly name?: string } | null;
  if (request) state.set(RENDERED_FOR, request.name ?? null);
  return state.get(RENDERED_FOR, null);
}

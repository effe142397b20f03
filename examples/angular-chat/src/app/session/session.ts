import { HttpClient, HttpErrorResponse } from '@angular/common/http';
import { inject, Injectable, makeStateKey, REQUEST_CONTEXT, signal, TransferState } from '@angular/core';
import { map, type Observable, of, share, tap } from 'rxjs';
import { endForAll } from 'rx-sse/tabs';
import type { Session as Grant } from '../../../server/api';

/** Whom the server rendered the page for: a name, or `null` where nobody is logged in. */
const RENDERED_FOR = makeStateKey<string | null>('session.name');

const TIMEOUT = { timeout: 10_000 };

/**
 * Who is logged in. The name is known from the first render on, on the server and in the browser. The token is kept in memory only:
 * after a reload the first request to the API gets a new one, by the cookie that no script can read.
 */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly http = inject(HttpClient);
  private readonly current = signal(renderedFor());
  private accessToken: string | undefined;

  private readonly expired = signal(false);

  /** The name, or `null` where nobody is logged in. */
  readonly name = this.current.asReadonly();
  /** Whether the session was ended elsewhere: by the server, or in another tab. */
  readonly ended = this.expired.asReadonly();

  /** One for all who wait for it. */
  private readonly refreshed = this.http.post<Grant>('/api/refresh', null, TIMEOUT).pipe(
    tap({
      next: grant => {
        const before = this.current();
        this.begin(grant);
        // What one person has asked for is not done in the name of another.
        if (before !== null && before !== grant.name) throw new SessionChanged(grant.name);
      },
      error: (error: unknown) => {
        // A server that is away for a while logs nobody out.
        if (error instanceof HttpErrorResponse && error.status === 401) this.hasEnded();
      },
    }),
    map(({ token }) => token),
    share(),
  );

  /** A token, other than the one that was refused. */
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
        // The other tabs hear of it by what they share.
        if (name !== null) void endForAll(name);
      }),
    );
  }

  /** It was ended by the server, or in another tab. */
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

/** Somebody else has joined in this browser, in another window. */
export class SessionChanged extends Error {
  constructor(name: string) {
    super(`You are ${name} now, who has joined in another window.`);
  }
}

function renderedFor(): string | null {
  const state = inject(TransferState);
  const request = inject(REQUEST_CONTEXT, { optional: true }) as { readonly name?: string } | null;
  if (request) state.set(RENDERED_FOR, request.name ?? null);
  return state.get(RENDERED_FOR, null);
}

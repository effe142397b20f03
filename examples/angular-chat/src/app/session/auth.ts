import { HttpErrorResponse, type HttpInterceptorFn } from '@angular/common/http';
import { inject } from '@angular/core';
import { catchError, switchMap } from 'rxjs';
import { Session } from './session';

/** Requests that start or end a session have no token. */
const OPEN = ['/api/login', '/api/refresh', '/api/logout'];

/**
 * Adds the token to each request of the API, including each attempt of a stream. If the server rejects a token, it's
 * refreshed once.
 */
export const auth: HttpInterceptorFn = (request, next) => {
  if (!request.url.startsWith('/api/') || OPEN.includes(request.url)) return next(request);
  const session = inject(Session);
  const send = (token: string) => next(request.clone({ setHeaders: { authorization: `Bearer ${token}` } }));
  return session.token().pipe(
    switchMap(token =>
      send(token).pipe(
        catchError((error: unknown) => {
          if (!(error instanceof HttpErrorResponse) || error.status !== 401) throw error;
          return session.token(token).pipe(switchMap(send));
        }),
      ),
    ),
  );
};

import { HttpErrorResponse, type HttpInterceptorFn } from '@angular/common/http';
import { inject } from '@angular/core';
import { catchError, switchMap } from 'rxjs';
import { Session } from './session';

/** What makes and ends a session goes without a token. */
const OPEN = ['/api/login', '/api/refresh', '/api/logout'];

/** Sends the token with each request to the API, also with each attempt of a stream. One that is refused is refreshed once. */
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

import { type Observable, ReplaySubject } from 'rxjs';

/**
 * Emits when the user or the system asks the process to end. The signals stay handled afterwards, because ending takes
 * time, and npm also passes on a Ctrl-C that the terminal has already sent.
 */
export function interrupted(): Observable<void> {
  const asked = new ReplaySubject<void>(1);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => asked.next());
  return asked;
}

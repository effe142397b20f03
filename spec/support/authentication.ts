import { Subject } from 'rxjs';

/** Tokens that stay the same until they are refreshed. */
export function authentication() {
  let count = 0;
  return {
    token: () => Promise.resolve(`token-${count}`),
    refresh: () => {
      count++;
      return Promise.resolve();
    },
    ticket: () => Promise.resolve(`ticket-${count++}`),
    token$: new Subject<string>(),
  };
}

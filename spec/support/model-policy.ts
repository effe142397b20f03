import type { LifeOptions } from './life-options.js';

/** Returns the policy of these options, with the documented defaults. */
export function modelPolicy({ reconnect, method, resume }: LifeOptions) {
  const isGet = method === 'GET';
  if (reconnect === false || (reconnect === undefined && !isGet && resume === 'none')) {
    return { count: 0, onEnd: false, delay: 0, maxDelay: 30_000, when: 'default', waits: 'number' } as const;
  }
  if (reconnect === undefined) {
    return {
      count: Infinity,
      onEnd: isGet,
      delay: 3000,
      maxDelay: 30_000,
      when: 'default',
      waits: 'number',
    } as const;
  }
  const { count = Infinity, onEnd = isGet, when, delay: waits } = reconnect;
  return { count, onEnd, delay: 1000, maxDelay: 4000, when, waits } as const;
}

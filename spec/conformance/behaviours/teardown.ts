import { of, Subject, take } from 'rxjs';
import { fromEventSource } from 'rx-sse';
import { ofKind } from '../../support/observed.js';
import { behaviour, equal } from '../behaviour.js';

export const teardown = [
  behaviour('requests nothing before it is subscribed to', async stage => {
    const script = await stage.script();
    fromEventSource(script.url, stage.options());
    equal((await script.seen(0)).requests.length, 0);
  }),
  behaviour('unsubscribing before the response aborts the request', async stage => {
    const script = await stage.script({ silent: true });
    const events = stage.events(script);
    await script.seen(1, 1);
    events.subscription.unsubscribe();
    await script.gone();
    equal([events.values, events.status], [[], 'live']);
  }),
  behaviour('unsubscribing from an open stream closes it', async stage => {
    const script = await stage.script({ steps: [{ send: ': hello\n\n' }, 'stay'] });
    const steps = stage.lifecycle(script);
    await steps.find(ofKind('comment'));
    steps.subscription.unsubscribe();
    await script.gone();
    equal((await script.seen(1)).requests.length, 1);
  }),
  behaviour('unsubscribing within an event drops the rest of the chunk', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\ndata: b\n\ndata: c\n\n' }, 'stay'] });
    const events = stage.observe(fromEventSource(script.url, stage.options()).pipe(take(1)));
    equal(
      (await events.completed()).map(({ data }) => data),
      ['a'],
    );
    await script.gone();
  }),
  behaviour('unsubscribing while headers are computed requests nothing', async stage => {
    const script = await stage.script();
    const token = new Subject<Record<string, string>>();
    const events = stage.events(script, { headers: () => token });
    events.subscription.unsubscribe();
    token.next({ 'x-token': 'late' });
    equal((await script.seen(0)).requests.length, 0);
  }),
  behaviour('unsubscribing during a wait ends it', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\n' }] });
    const wait = new Subject<void>();
    const steps = stage.lifecycle(script, { reconnect: { delay: () => wait } });
    await steps.find(step => step.kind === 'waiting');
    await script.gone();
    steps.subscription.unsubscribe();
    equal(wait.observed, false);
    equal((await script.seen(1)).requests.length, 1);
  }),
  behaviour('closes the connection of a refused response', async stage => {
    const script = await stage.script({ status: 500, steps: [{ send: 'dripping' }, 'stay'] });
    const events = stage.events(script, { reconnect: { when: () => of(false) } });
    await script.seen(1, 1);
    await events.failed();
    await script.gone();
  }),
  behaviour('closes the connections of fifty responses of another type', async stage => {
    const answer = { headers: { 'content-type': 'text/plain' }, steps: [{ send: 'dripping' }, 'stay' as const] };
    const script = await stage.script(...Array.from({ length: 50 }, () => answer));
    for (let i = 0; i < 50; i++) await stage.events(script).failed();
    await script.gone(50);
  }),
  behaviour('a hundred streams leave nothing open', async stage => {
    const script = await stage.script(
      ...Array.from({ length: 100 }, () => ({ steps: [{ send: 'data: a\n\n' }, 'stay' as const] })),
    );
    for (let i = 0; i < 100; i++) {
      const events = stage.events(script);
      await events.first(1);
      events.subscription.unsubscribe();
    }
    await script.gone(100);
  }),
];

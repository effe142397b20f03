import { constants } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeHttp2 } from '../support/http2-behaviour.js';
import { lifecycleInPage } from '../support/in-page.js';
import { observe, ofKind } from '../support/observe.js';
import { pageAssets, useChromium } from '../support/page.js';
import { SseServer } from '../support/sse-server.js';

const chromium = useChromium();

describeHttp2({
  name: 'Chromium',
  assets: pageAssets(),
  connect: async origin => {
    const { page } = await chromium.openPage(origin, { ignoreHTTPSErrors: true });
    return (url, options) => lifecycleInPage(page, url, options);
  },
  cancelCode: constants.NGHTTP2_CANCEL,
  takesForEnd: ['NO_ERROR'],
  goesOnAfterGoAway: true,
});

describe('HTTP/1.1 in Chromium', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(exchange => exchange.open(), pageAssets());
  });
  afterEach(() => server.close());

  it('makes the seventh stream of an origin wait, which `connectTimeout` reports [pitfall 41]', async () => {
    const { page } = await chromium.openPage(server.origin);
    const six = Array.from({ length: 6 }, (_, index) => observe(lifecycleInPage(page, `/${index}`)));
    await Promise.all(six.map(stream => stream.find(ofKind('open'))));

    const patient = observe(lifecycleInPage(page, '/patient'));
    await patient.find(ofKind('connecting'));
    const impatient = observe(
      lifecycleInPage(page, '/impatient', { connectTimeout: 500, reconnect: { delay: 3_600_000 } }),
    );
    const { error } = await impatient.find(ofKind('waiting'));
    expect(error).toMatchObject({
      name: 'EventSourceTimeoutError',
      message: "The stream didn't open within 500 ms (connectTimeout): /impatient",
    });
    expect(patient.values).toHaveLength(1);
    expect(server.exchanges).toHaveLength(6);

    six[0]?.subscription.unsubscribe();
    await patient.find(ofKind('open'));
    expect((await server.exchange(6)).request.url).toBe('/patient');
    expect(server.liveExchanges).toBe(6);
  });
});

import type { HeaderFacts } from '../facts.js';

/** A proxy or cache in between, and how to configure it. */
export interface Suspect {
  readonly name: string;
  /** The header that shows it. */
  readonly header: string;
  readonly cure: string;
}

interface Mark {
  readonly name: string;
  readonly header: RegExp;
  readonly value?: RegExp;
  readonly cure: string;
}

const MARKS: readonly Mark[] = [
  {
    name: 'nginx',
    header: /^server$/,
    value: /nginx|openresty/i,
    cure: 'nginx: proxy_buffering off; proxy_http_version 1.1;',
  },
  {
    name: 'Apache',
    header: /^server$/,
    value: /^apache/i,
    cure: 'Apache: SetEnv no-gzip 1, and flushpackets=on for ProxyPass.',
  },
  {
    name: 'Envoy',
    header: /^(?:server|x-envoy-.*)$/,
    value: /./,
    cure: 'Envoy: no buffer filter and no compressor on the route.',
  },
  {
    name: 'IIS',
    header: /^server$/,
    value: /iis/i,
    cure: 'IIS: responseBufferLimit="0" for the handler, and no dynamic compression.',
  },
  { name: 'Cloudflare', header: /^cf-ray$/, cure: 'Cloudflare: "Cache-Control: no-transform", and no caching rule.' },
  {
    name: 'CloudFront',
    header: /^x-amz-cf-id$/,
    cure: 'CloudFront: the policy CachingDisabled, and no compression, for the path.',
  },
  {
    name: 'API Gateway',
    header: /^(?:x-amz-apigw-id|apigw-requestid)$/,
    cure: 'API Gateway: turn on response streaming. Without it, it collects the whole response.',
  },
  {
    name: 'Fastly or Varnish',
    header: /^(?:x-served-by|x-varnish)$/,
    cure: 'Fastly, Varnish: return(pass) for the path, and beresp.do_stream = true.',
  },
  { name: 'a cache', header: /^x-cache$/, cure: 'Let the cache bypass the stream.' },
  { name: 'a proxy', header: /^via$/, cure: 'Let the proxy in Via forward the stream without buffering.' },
];

/** Returns the proxies and caches between the application and this machine, as far as the headers show them. */
export function suspectsIn(headers: HeaderFacts): Suspect[] {
  const found = MARKS.flatMap(mark => {
    const header = Object.keys(headers).find(name => isMark(mark, name, headers[name] ?? ''));
    return header === undefined ? [] : [{ name: mark.name, header, cure: mark.cure }];
  });
  // A proxy without a name is usually the one with a name.
  const named = found.filter(({ name }) => !name.startsWith('a '));
  return named.length > 0 ? named : found;
}

function isMark({ name, header, value = /(?:)/ }: Mark, headerName: string, headerValue: string): boolean {
  if (!header.test(headerName)) return false;
  return name === 'Envoy' && headerName === 'server' ? /envoy/i.test(headerValue) : value.test(headerValue);
}

/** The ways in which nginx forwards requests. The directives are those of docs/proxies.md. */
export const locations = (application: string) => {
  const proxy = `proxy_pass ${application}/stream;`;
  const http11 = "proxy_http_version 1.1; proxy_set_header Connection '';";
  const unbuffered = 'proxy_buffering off;';
  const gzip = 'gzip on; gzip_types text/event-stream; gzip_min_length 1;';
  return `
    # The default before nginx 1.29.7.
    proxy_http_version 1.0;
    location = /http1.0 { ${proxy} }
    location = /http1.0+gzip { ${proxy} ${gzip} }
    location = /http1.1 { ${proxy} ${http11} }
    location = /http1.1+gzip { ${proxy} ${http11} ${gzip} }
    location = /http1.0+unbuffered { ${proxy} ${unbuffered} }
    location = /http1.0+unbuffered+gzip { ${proxy} ${unbuffered} ${gzip} }
    location = /http1.1+unbuffered { ${proxy} ${http11} ${unbuffered} proxy_read_timeout 2s; }
    location = /minute { ${proxy} ${http11} ${unbuffered} proxy_read_timeout 400ms; }
  `;
};

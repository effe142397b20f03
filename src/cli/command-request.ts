import type { CommandIo } from './command-io.js';
import type { CommandValues } from './command-options.js';
import { CommandError, EXIT } from './exit-codes.js';
import { readBody } from './read-body.js';

/** The request of the options. */
export interface CommandRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/** Parses `-H`, `-X`, `-d` and `-k`. */
export async function requestOf(values: CommandValues<'doctor'>, io: CommandIo): Promise<CommandRequest> {
  const { header = [], body: given, request, insecure = false } = values;
  const headers: Record<string, string> = {};
  for (const [name, value] of header.map(parseHeader)) {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? ';' : ','} ${value}`;
  }
  const body = given === undefined ? null : await readBody(given, io);
  if (body !== null) headers['content-type'] ??= isJson(body) ? 'application/json' : 'text/plain;charset=UTF-8';
  const method = request?.toUpperCase() ?? (body === null ? 'GET' : 'POST');
  if (body !== null && /^(GET|HEAD)$/.test(method))
    throw new CommandError(`A ${method} request can't have a body`, EXIT.usage);
  if (insecure) acceptAnyCertificate();
  return { method, headers, body };
}

function parseHeader(text: string): [string, string] {
  const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(text) ?? [];
  if (name === '' || /[\0\r\n]|[^\0-\xff]/.test(value)) {
    throw new CommandError(`Expected a header such as 'Authorization: Bearer abc', but got '${text}'`, EXIT.usage);
  }
  return [name.toLowerCase(), value];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The `fetch` of Node has no other way. */
function acceptAnyCertificate(): void {
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  // The user asked for it, so Node doesn't have to warn.
  process.removeAllListeners('warning');
}

import { type ChatDraft, type ChatMessage, LOBBY } from '../chat-message.js';

/**
 * Sends a message and returns the stored one. Otherwise it rejects with what the user has to know: "Not sent" if the server refused the message, and
 * "Maybe sent" if nobody knows, because a server can store a message and then fail to say so.
 */
export async function postMessage(origin: string, draft: ChatDraft, room = LOBBY): Promise<ChatMessage> {
  const response = await fetch(`${origin}/chat/new?room=${room}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(draft),
  }).catch((error: unknown) => {
    // A TypeError with another message in each browser.
    throw maybeSent('the server can’t be reached', error);
  });
  const { ok, status } = response;
  // A proxy answers with something else.
  const answer = (await response.json().catch(() => ({}))) as Partial<ChatMessage> & { readonly error?: string };
  if (ok && answer.id !== undefined) return answer as ChatMessage;
  const reason = answer.error ?? `the server answered ${status}`;
  throw status >= 400 && status < 500 ? new Error(`Not sent: ${reason}`) : maybeSent(reason);
}

const maybeSent = (reason: string, cause?: unknown) =>
  new Error(`Maybe sent: ${reason}. Send it again only if it doesn’t appear.`, { cause });

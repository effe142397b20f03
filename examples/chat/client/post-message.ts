import { type ChatDraft, type ChatMessage, LOBBY } from '../chat-message.js';

/** Sends a message and returns the stored one. Rejects with the server's reason if it's rejected. */
export async function postMessage(origin: string, draft: ChatDraft, room = LOBBY): Promise<ChatMessage> {
  const response = await fetch(`${origin}/chat/new?room=${room}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(draft),
  });
  const answer = (await response.json()) as ChatMessage | { error: string };
  if ('error' in answer) throw new Error(answer.error);
  return answer;
}

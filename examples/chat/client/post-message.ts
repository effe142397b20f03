import type { ChatDraft, ChatMessage } from '../chat-message.js';

/** Sends a message, and answers with what the server stored. It rejects with the server's reason where it refuses. */
export async function postMessage(origin: string, draft: ChatDraft): Promise<ChatMessage> {
  const response = await fetch(`${origin}/chat/new`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(draft),
  });
  const answer = (await response.json()) as ChatMessage | { error: string };
  if ('error' in answer) throw new Error(answer.error);
  return answer;
}

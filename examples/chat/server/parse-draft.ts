import { type ChatDraft, MAX_LENGTH } from '../chat-message.js';
import { HttpError } from './http.js';

/** Checks what was posted. White space around the texts goes. */
export function parseDraft(value: unknown): ChatDraft {
  if (typeof value !== 'object' || value === null)
    throw new HttpError(400, 'Expected an object with author and message');
  const posted = value as Partial<Record<keyof ChatDraft, unknown>>;
  return { author: text('author', posted.author), message: text('message', posted.message) };
}

function text(name: keyof ChatDraft, value: unknown): string {
  if (typeof value !== 'string') throw new HttpError(400, `Expected ${name} to be text`);
  const trimmed = value.trim();
  if (trimmed.length < 1 || trimmed.length > MAX_LENGTH[name]) {
    throw new HttpError(
      400,
      `Expected ${name} to have 1 to ${MAX_LENGTH[name]} characters, but it has ${trimmed.length}`,
    );
  }
  return trimmed;
}

import { type ChatDraft, MAX_LENGTH } from '../chat-message.js';
import { HttpError } from './http.js';

/** Checks a posted message, and trims its texts. */
export function parseDraft(value: unknown): ChatDraft {
  if (typeof value !== 'object' || value === null)
    throw new HttpError(400, 'Expected an object with author and message');
  const posted = value as Partial<Record<keyof ChatDraft, unknown>>;
  return {
    author: parseText('author', posted.author, MAX_LENGTH.author),
    message: parseText('message', posted.message, MAX_LENGTH.message),
  };
}

/** Checks a text of one to `maxLength` characters, and trims it. */
export function parseText(name: string, value: unknown, maxLength: number): string {
  if (typeof value !== 'string') throw new HttpError(400, `Expected ${name} to be text`);
  const trimmed = value.trim();
  if (trimmed.length < 1 || trimmed.length > maxLength) {
    throw new HttpError(400, `Expected ${name} to have 1 to ${maxLength} characters, but it has ${trimmed.length}`);
  }
  return trimmed;
}

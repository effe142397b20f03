import { afterEach } from '@jest/globals';
import { AngularChat } from './angular-chat.js';
import { type ChatWindow, useWindows } from './window.js';

/** A chat, and the windows of Ada and Bob, who have logged in. */
export interface TwoPeople {
  readonly chat: AngularChat;
  readonly ada: ChatWindow;
  readonly bob: ChatWindow;
}

/** Provides windows, and starts a chat with two people. Closes both after each test. */
export function useTwoPeople() {
  const windows = useWindows();
  let chat: AngularChat;
  let ada: ChatWindow;
  let bob: ChatWindow;
  afterEach(async () => {
    await Promise.all([ada, bob].map(({ context }) => context.close()));
    await chat.close();
  });
  return {
    windows,
    async start(...args: string[]): Promise<TwoPeople> {
      chat = await AngularChat.start('--trouble', ...args);
      ada = await windows.open(chat);
      bob = await windows.open(chat);
      await ada.logIn('Ada');
      await bob.logIn('Bob');
      return { chat, ada, bob };
    },
  };
}

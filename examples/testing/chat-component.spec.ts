/**
 * @jest-environment jsdom
 */
import '@angular/compiler';
import { Component } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectionState, decode, IDLE_CONNECTION, json } from 'rx-sse';
import { injectEventSource, provideSse, withDefaults } from 'rx-sse/angular';
import { type FakeEventSource, fakeEventSource } from 'rx-sse/testing';
import { scan, share } from 'rxjs';

interface Message {
  readonly author: string;
  readonly text: string;
}

@Component({
  selector: 'app-chat',
  template: `
    <p>{{ connection().status }}</p>
    <ul>
      @for (message of messages(); track $index) {
        <li>{{ message.author }}: {{ message.text }}</li>
      }
    </ul>
  `,
})
export class ChatComponent {
  private readonly chat$ = injectEventSource()
    .lifecycle('/chat')
    .pipe(decode({ message: json<Message>() }), share());
  readonly connection = toSignal(this.chat$.pipe(connectionState()), { initialValue: IDLE_CONNECTION });
  readonly messages = toSignal(
    this.chat$.pipe(scan((all, step) => (step.kind === 'event' ? [...all, step.event.data] : all), [] as Message[])),
    { initialValue: [] },
  );
}

describe('ChatComponent', () => {
  let server: FakeEventSource;
  let fixture: ComponentFixture<ChatComponent>;
  // The Angular CLI does this for its own test runs.
  beforeAll(() => TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting()));
  beforeEach(() => {
    server = fakeEventSource();
    TestBed.configureTestingModule({ providers: [provideSse(withDefaults({ fetch: server.fetch }))] });
    fixture = TestBed.createComponent(ChatComponent);
  });
  afterEach(() => {
    fixture.destroy();
    server.verify();
  });

  const shown = (selector: string) => {
    fixture.detectChanges();
    const found = (fixture.nativeElement as Element).querySelectorAll(selector);
    return [...found].map(element => element.textContent);
  };

  it('shows messages as they come', () => {
    const connection = server.expectConnection('/chat').open();
    expect(shown('li')).toEqual([]);
    connection.send({ data: { author: 'Ada', text: 'hello' } });
    expect(shown('li')).toEqual(['Ada: hello']);
    connection.send({ data: { author: 'Bob', text: 'hi' } });
    expect(shown('li')).toEqual(['Ada: hello', 'Bob: hi']);
  });

  it('shows how the connection stands', () => {
    expect(shown('p')).toEqual(['connecting']);
    const connection = server.expectConnection().open();
    expect(shown('p')).toEqual(['open']);
    connection.end();
    expect(shown('p')).toEqual(['waiting']);
  });

  it('has one connection, and closes it when it is destroyed', () => {
    const connection = server.expectConnection().open();
    server.expectNoConnection();
    fixture.destroy();
    expect(connection.state).toBe('closed');
  });
});

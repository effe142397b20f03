import '@angular/compiler';
import * as angularHttp from '@angular/common/http';
import * as angularHttpTesting from '@angular/common/http/testing';
import type { ApplicationConfig, Type } from '@angular/core';
import * as angularTesting from '@angular/core/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import * as rxSseAngular from '../../src/angular/index.js';
import { injectEventSource, type SseOptions } from '../../src/angular/index.js';
import type { ExampleRun, Scenario } from '../support/run-examples.js';
import { until } from '../support/until.js';

/** Runs an example in its own application, whose `fetch` reaches the test server. */
export class AngularRun {
  constructor(
    private readonly run: ExampleRun,
    /** The requested URLs. */
    readonly requests: readonly string[],
  ) {}

  readonly server = this.run.server;
  readonly open = this.run.open;
  readonly log = this.run.log;

  /** Runs an example and returns its exports. */
  readonly execute = <T>(name: string, modules: Readonly<Record<string, unknown>> = {}): Promise<T> =>
    this.run.execute(name, {
      modules: {
        '@angular/common/http': angularHttp,
        '@angular/common/http/testing': angularHttpTesting,
        '@angular/core/testing': angularTesting,
        'rx-sse/angular': rxSseAngular,
        ...modules,
      },
    }) as Promise<T>;

  readonly provide = (...providers: ApplicationConfig['providers']): void => {
    TestBed.configureTestingModule({ providers });
  };

  /** Renders a component. */
  readonly show = <T>(component: Type<T>): Shown<T> => {
    const shown = new Shown(TestBed.createComponent(component));
    shown.text();
    return shown;
  };
}

/** A rendered component. */
class Shown<T> {
  constructor(readonly fixture: ComponentFixture<T>) {}

  readonly component = this.fixture.componentInstance;

  /** Returns the text of the component, or of the elements that match `selector`, with single spaces. */
  text(selector?: string): string {
    this.fixture.detectChanges();
    const root = this.fixture.nativeElement as Element;
    const found = selector === undefined ? [root] : [...root.querySelectorAll(selector)];
    return found.map(({ textContent }) => textContent.trim().replace(/\s+/g, ' ')).join(' | ');
  }

  async shows(text: string, selector?: string): Promise<void> {
    await until(() => this.text(selector) === text);
  }

  click(button: string): void {
    const buttons = [...(this.fixture.nativeElement as Element).querySelectorAll('button')];
    buttons.find(({ textContent }) => textContent.trim() === button)?.click();
  }

  destroy(): void {
    this.fixture.destroy();
  }
}

export const inAngular =
  (scenario: (run: AngularRun) => Promise<void>): Scenario =>
  async run => {
    const { fetch, Request } = globalThis;
    const requests: string[] = [];
    globalThis.fetch = (url, init) => {
      requests.push(url as string);
      return fetch(run.here(url as string), init);
    };
    // Node's `Request` has no page to resolve a relative URL against.
    Object.assign(globalThis, {
      Request: class extends Request {
        constructor(url: string, init?: RequestInit) {
          super(run.here(url), init);
        }
      },
    });
    TestBed.configureTestingModule({ rethrowApplicationErrors: true });
    try {
      await scenario(new AngularRun(run, requests));
    } finally {
      TestBed.resetTestingModule();
      Object.assign(globalThis, { fetch, Request });
    }
    await run.server.idle();
  };

/** Returns a stream of the application. */
export const eventSource = (url: string, options?: SseOptions) =>
  TestBed.runInInjectionContext(() => injectEventSource()(url, options));

/** The data of a `chat` event in the examples. */
export const ada = '{"author":"Ada","text":"hi"}';

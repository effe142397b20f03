import { getEventListeners } from 'node:events';

/**
 * A page's window, document, navigator and history, as far as specs need them, on `globalThis` until `remove` is called.
 */
export class VirtualPage {
  readonly window = new EventTarget();
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible', hidden: false });
  readonly navigator = { onLine: true };
  readonly history = { length: 1 };
  private readonly replaced: [string, PropertyDescriptor | undefined][] = [];

  constructor() {
    const { window, document, navigator, history } = this;
    this.put('window', globalThis);
    this.put('addEventListener', window.addEventListener.bind(window));
    this.put('removeEventListener', window.removeEventListener.bind(window));
    this.put('document', document);
    this.put('navigator', navigator);
    this.put('history', history);
  }

  setOnline(onLine: boolean): void {
    this.navigator.onLine = onLine;
    this.window.dispatchEvent(new Event(onLine ? 'online' : 'offline'));
  }

  setVisible(visible: boolean): void {
    this.document.visibilityState = visible ? 'visible' : 'hidden';
    this.document.hidden = !visible;
    this.document.dispatchEvent(new Event('visibilitychange'));
  }

  /** Resumes the page after a freeze. */
  resume(): void {
    this.document.dispatchEvent(new Event('resume'));
  }

  /** Shows the page: after loading, or from the back/forward cache if `persisted`. */
  show(persisted: boolean): void {
    this.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
  }

  /** Announces that the page may be left. */
  leave(): void {
    this.window.dispatchEvent(new Event('beforeunload'));
  }

  /** The number of listeners for that type of event on the window. */
  listenersFor(type: string): number {
    return getEventListeners(this.window, type).length;
  }

  /** The current number of listeners on the page. */
  get listeners(): number {
    const of = (target: EventTarget, ...types: string[]) => types.flatMap(type => getEventListeners(target, type));
    return (
      of(this.window, 'online', 'offline', 'pageshow', 'beforeunload').length +
      of(this.document, 'visibilitychange', 'resume').length
    );
  }

  /** Restores the original globals. */
  remove(): void {
    for (const [name, descriptor] of this.replaced) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
  }

  private put(name: string, value: unknown): void {
    this.replaced.push([name, Object.getOwnPropertyDescriptor(globalThis, name)]);
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
}

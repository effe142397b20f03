/** A window, with its globals. */
export type View = Window & typeof globalThis;

interface Observing {
  observe(element: Element): void;
  disconnect(): void;
}

/**
 * Draws in animation frames, while the element is visible. With reduced motion (`prefers-reduced-motion`), it only draws
 * after a step.
 */
export class Frames {
  private handle = 0;
  private isSeen = true;
  private isPaused = false;
  private readonly motion: MediaQueryList | undefined;
  private readonly observers: Observing[] = [];

  /**
   * @param draw draws, and returns whether the next frame would look different
   * @param resize called with the width of the element, before the first frame and after a change
   */
  constructor(
    private readonly view: View,
    element: Element,
    private readonly draw: () => boolean,
    resize: (width: number) => void,
  ) {
    // jsdom has none of these.
    const { ResizeObserver, IntersectionObserver, matchMedia } = view as Partial<View>;
    const observe = (observer: Observing | undefined) => {
      if (!observer) return;
      observer.observe(element);
      this.observers.push(observer);
    };
    observe(
      ResizeObserver &&
        new ResizeObserver(([entry]) => {
          resize(entry?.contentRect.width ?? 0);
          this.request();
        }),
    );
    observe(
      IntersectionObserver &&
        new IntersectionObserver(entries => {
          this.isSeen = entries.at(-1)?.isIntersecting ?? true;
          if (this.isSeen) this.request();
          else this.cancel();
        }),
    );
    this.motion = matchMedia?.call(view, '(prefers-reduced-motion: reduce)');
    this.motion?.addEventListener('change', this.request);
  }

  /** Draws in the next frame. */
  readonly request = (): void => {
    if (this.isSeen && !this.isPaused) this.handle ||= this.view.requestAnimationFrame(this.frame);
  };

  get paused(): boolean {
    return this.isPaused;
  }

  /** If it's `true`, nothing is drawn. */
  set paused(paused: boolean) {
    this.isPaused = paused;
    if (paused) this.cancel();
    else this.request();
  }

  /** Cancels the frame, and removes the observers and the listener. */
  end(): void {
    this.isSeen = false;
    this.cancel();
    this.motion?.removeEventListener('change', this.request);
    for (const observer of this.observers) observer.disconnect();
  }

  private readonly frame = (): void => {
    this.handle = 0;
    if (this.draw() && !this.motion?.matches) this.request();
  };

  private cancel(): void {
    this.view.cancelAnimationFrame(this.handle);
    this.handle = 0;
  }
}

import { Subject, Subscription, tap } from 'rxjs';
import { connectionState, type ConnectionState, type EventSourceLifecycle } from 'rx-sse';
import { type LifecycleDiagram, lifecycleDiagram } from 'rx-sse/diagram';
import { describeConnection } from '../chat/client/describe-connection.js';
import { html } from './elements.js';
import { legend } from './legend.js';
import { MissedLane } from './missed-lane.js';
import { NumberedServer } from './numbered-server.js';
import { playgroundStream } from './playground-stream.js';
import { policySliders } from './policy-sliders.js';
import { Tally } from './tally.js';
import { tallyList } from './tally-list.js';
import { troubleButtons } from './trouble-buttons.js';

export interface PlaygroundOptions {
  /** Called with each step of the stream, as it is drawn. */
  readonly onStep?: ((step: EventSourceLifecycle) => void) | undefined;
}

/**
 * Puts the playground into an element: a stream, and its server, both in the page. `destroy` ends them, and takes it out. Its style is in
 * `playground.css`, where all is under the class `rx-sse-playground`.
 */
export function mountPlayground(container: HTMLElement, options: PlaygroundOptions = {}): { destroy(): void } {
  return new Playground(container, options);
}

class Playground {
  private readonly server = new NumberedServer();
  private readonly sliders = policySliders();
  private readonly troubles = troubleButtons(this.server);
  private readonly counters = tallyList();
  private readonly status = html('p', { class: 'status' });
  private readonly toggle = html('button', { type: 'button' });
  private readonly freeze = html('button', { type: 'button', 'aria-pressed': 'false' }, 'Freeze');
  private readonly place = html('div');
  private readonly lost = { withRxSse: html('b'), withoutResuming: html('b') };
  private readonly lane = new MissedLane();
  private readonly element = this.build();
  private readonly tally = new Tally();
  private readonly stopped = new Subject<void>();
  private readonly stream = playgroundStream(this.server, this.sliders.policy, this.stopped);
  private readonly subscriptions = new Subscription();
  private readonly diagram: LifecycleDiagram;
  private sent = 0;
  private isOver = true;

  constructor(
    container: HTMLElement,
    private readonly options: PlaygroundOptions,
  ) {
    container.append(this.element);
    this.diagram = lifecycleDiagram(this.place, {
      label: 'The stream',
      onDraw: (xOf, now) => this.lane.draw(xOf, now),
    });
    this.toggle.addEventListener('click', () => (this.isOver ? this.start() : this.stopped.next()));
    this.freeze.addEventListener('click', () => {
      this.diagram.paused = !this.diagram.paused;
      this.freeze.setAttribute('aria-pressed', String(this.diagram.paused));
    });
    this.showCounts();
    this.subscriptions.add(this.server.troubles.subscribe(troubles => this.troubles.show(troubles)));
    this.subscriptions.add(
      this.server.sent.subscribe(event => {
        this.sent++;
        this.lane.add(event);
        this.showCounts();
      }),
    );
    this.start();
  }

  destroy(): void {
    this.subscriptions.unsubscribe();
    this.server.close();
    this.diagram.destroy();
    this.element.remove();
  }

  private start(): void {
    const states = this.stream.pipe(
      tap<EventSourceLifecycle>(this.diagram),
      tap(step => {
        this.options.onStep?.(step);
        this.tally.take(step);
        this.showCounts();
      }),
      connectionState(),
    );
    this.subscriptions.add(states.subscribe(state => this.showState(state)));
  }

  private showState(state: ConnectionState): void {
    this.isOver = state.status === 'closed' || state.status === 'failed';
    this.status.dataset['status'] = state.status;
    // Only the button closes the stream.
    this.status.textContent = state.status === 'closed' ? 'Stopped' : describeConnection(state);
    this.toggle.textContent = this.isOver ? 'Start' : 'Stop';
  }

  private showCounts(): void {
    const { counts } = this.tally;
    this.counters.show({ sent: this.sent, ...counts });
    this.lost.withRxSse.textContent = `${counts.lost} lost`;
    this.lost.withoutResuming.textContent = `${this.lane.lost} lost`;
  }

  private build(): HTMLElement {
    const { withRxSse, withoutResuming } = this.lost;
    const lanes = html(
      'div',
      { class: 'lanes' },
      html('p', {}, 'With rx-sse: ', withRxSse),
      this.place,
      html('p', {}, 'Without resuming: ', withoutResuming),
      this.lane.element,
    );
    return html(
      'section',
      { class: 'rx-sse-playground', 'aria-label': 'Playground' },
      html(
        'div',
        { class: 'frame' },
        html('div', { class: 'bar' }, this.status, this.toggle, this.freeze),
        lanes,
        legend(),
        this.counters.element,
        this.troubles.element,
        this.sliders.element,
      ),
    );
  }
}

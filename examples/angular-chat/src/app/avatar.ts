import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

const HUES = 8;

/**
 * Shows the first letter of a name, in a color that is always the same for that name. Hidden from screen readers,
 * because the name is next to it.
 */
@Component({
  selector: 'chat-avatar',
  template: '{{ letter() }}',
  host: { 'aria-hidden': 'true', '[attr.data-hue]': 'hue()' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Avatar {
  readonly name = input.required<string>();

  protected readonly letter = computed(() => Array.from(this.name())[0]?.toUpperCase());
  protected readonly hue = computed(
    () => Array.from(this.name()).reduce((hash, letter) => (hash * 37 + letter.charCodeAt(0)) % 1009, 7) % HUES,
  );
}

import { BehaviorSubject } from 'rxjs';
import { html, newId } from './elements.js';
import { DEFAULT_POLICY, type Policy, type PolicySlider, SLIDERS } from './policy.js';

/** The sliders of the policy, and what they say: a new policy each time that one is let go. */
export function policySliders(): { readonly element: HTMLElement; readonly policy: BehaviorSubject<Policy> } {
  const policy = new BehaviorSubject(DEFAULT_POLICY);
  const element = html(
    'fieldset',
    { class: 'policy' },
    html('legend', {}, 'Policy of the client'),
    ...SLIDERS.map(slider => sliderOf(slider, value => policy.next({ ...policy.value, [slider.name]: value }))),
  );
  return { element, policy };
}

function sliderOf({ name, label, min, max, step, show }: PolicySlider, change: (value: number) => void): HTMLElement {
  const id = newId();
  const output = html('output', { for: id });
  const input = html('input', {
    type: 'range',
    id,
    name,
    min: String(min),
    max: String(max),
    step: String(step),
    value: String(DEFAULT_POLICY[name]),
  });
  const tell = () => {
    output.value = show(input.valueAsNumber);
    input.setAttribute('aria-valuetext', output.value);
  };
  tell();
  input.addEventListener('input', tell);
  input.addEventListener('change', () => change(input.valueAsNumber));
  return html('div', {}, html('label', { for: id }, label), output, input);
}

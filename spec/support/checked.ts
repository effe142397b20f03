import { check } from '#check';
import { describe, it } from '@jest/globals';

/** Whether options of a wrong type are rejected. In production, `#check` does nothing. */
function areOptionsChecked(): boolean {
  try {
    check('option', 7, ['a string', value => typeof value === 'string']);
    return false;
  } catch {
    return true;
  }
}

const nothing = Object.assign(() => undefined, { each: () => () => undefined });
const ifChecked = <T extends object>(register: T): T => (areOptionsChecked() ? register : (nothing as unknown as T));

/**
 * `it` for checks that only development has, such as rejecting an option of a wrong type at the call. In production, it
 * registers no test.
 */
export const itChecked = ifChecked(it);
/** The same for `describe`. */
export const describeChecked = ifChecked(describe);

import type { DoctorOptions } from './doctor-options.js';

/** Whether a page of this origin needs CORS. */
export function isOtherOrigin<O extends Pick<DoctorOptions, 'origin' | 'url'>>(
  options: O,
): options is O & { readonly origin: string } {
  return options.origin !== undefined && options.origin !== options.url.origin;
}

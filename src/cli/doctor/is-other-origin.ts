import type { DoctorOptions } from './doctor-options.js';

/** Whether a page of that origin needs permission by CORS. */
export function isOtherOrigin<O extends Pick<DoctorOptions, 'origin' | 'url'>>(
  options: O,
): options is O & { readonly origin: string } {
  return options.origin !== undefined && options.origin !== options.url.origin;
}

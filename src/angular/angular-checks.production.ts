// See `../check.production.ts`.

export function checkObject(): void {
  // Nothing is checked.
}

export function checkContext(): void {
  // Nothing is checked.
}

export function checkInjector(): void {
  // Nothing is checked.
}

export function checkStreamOptions(): void {
  // Nothing is checked.
}

export function checkDeliver(): void {
  // Nothing is checked.
}

export function checkHeaders(): void {
  // Nothing is checked.
}

export function checkId(): void {
  // Nothing is checked.
}

export function checkSignal(): void {
  // Nothing is checked.
}

export function checkHttpContext(): void {
  // Nothing is checked.
}

export function checkShared(): void {
  // Nothing is checked.
}

export function checkSharedTabs(): void {
  // Nothing is checked.
}

export function checkFeatures(): void {
  // Nothing is checked.
}

export function checkDefaults(): void {
  // Nothing is checked.
}

export function checkMadeDefaults(): void {
  // Nothing is checked.
}

export function checkBackend(): void {
  // Nothing is checked.
}

export function checkResource(): void {
  // Nothing is checked.
}

export function nameOf(): undefined {
  // Nothing has a name.
}

export const NO_SSE = 'withSse() is missing';
export const KEPT_ANSWER = 'Not a stream';
export const NO_ANSWER = 'No answer';
export const NO_ERROR = 'Not an Error';

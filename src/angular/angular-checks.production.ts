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

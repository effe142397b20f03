// See `check.production.ts`.

export function checkOptions(): void {
  // Nothing is checked.
}

export function checkPolicy(): void {
  // Nothing is checked.
}

export function checkBackoff(): void {
  // Nothing is checked.
}

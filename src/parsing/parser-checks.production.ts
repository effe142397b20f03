// See `check.production.ts`.

export function checkParserOptions(): void {
  // Nothing is checked.
}

export function checkHandler(): void {
  // Nothing is checked.
}

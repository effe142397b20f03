// In production, options aren't checked: mistakes show up in development. Bundlers drop calls of empty functions, and
// everything that only those calls use.

export function check(): void {
  // Nothing is checked.
}

export function checkGiven(): void {
  // Nothing is checked.
}

export function checkEach(): void {
  // Nothing is checked.
}

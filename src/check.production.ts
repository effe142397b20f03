// In production, options are taken for what they should be: who has got one wrong has seen it in development. Bundlers drop calls of a function
// that is empty, and with them what is only used there.

export function check(): void {
  // Nothing is checked.
}

export function checkGiven(): void {
  // Nothing is checked.
}

export function checkEach(): void {
  // Nothing is checked.
}

// Builds the application like `npm run build` in its folder. Runs once, before the suite.
export default async function build() {
  // Reuses an earlier build while you work on a spec.
  if (process.env.ANGULAR_CHAT_BUILT) return;
  await import('../../examples/angular-chat/scripts/build.mjs');
}

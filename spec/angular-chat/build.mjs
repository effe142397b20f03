// The application as `npm run build` in its folder makes it. Runs once, before the suite.
export default async function build() {
  // One that was built before, while a spec is being worked on.
  if (process.env.ANGULAR_CHAT_BUILT) return;
  await import('../../examples/angular-chat/scripts/build.mjs');
}

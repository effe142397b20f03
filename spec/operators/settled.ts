/**
 * Resolves after all microtasks have run, and Node has reported unhandled rejections. As an `afterEach`, it lets Jest
 * fail the test that they belong to.
 */
export const settled = () => new Promise(resolve => setImmediate(resolve));

// One part of the benchmark in a process of its own, so that each version of Node can run it: its tables go to the parent.
const [part, options] = process.argv.slice(2);
const { run } = await import(`../${part}/index.mjs`);
const tables = await run({ ...JSON.parse(options), report: console.error });
process.send({ tables, version: process.version }, () => process.disconnect());

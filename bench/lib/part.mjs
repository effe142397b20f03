// Runs one part of the benchmark in its own process, so that each version of Node can run it. Sends its tables to the
// parent.
const [folder, options] = process.argv.slice(2);
const { run } = await import(`../${folder}/index.mjs`);
const report = line => console.error(`${new Date().toTimeString().slice(0, 8)} ${line}`);
const tables = await run({ ...JSON.parse(options), report });
process.send({ tables, version: process.version }, () => process.disconnect());

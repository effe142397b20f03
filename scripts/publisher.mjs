// Who publishes the package, as publisher.json says it, and how the other files say the same.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = path => readFileSync(join(root, path), 'utf8');

/** The placeholder of each fact. */
const PLACEHOLDER = /\bOWNER\b/;
const FORMS = {
  owner: /^[A-Za-z\d]+(-[A-Za-z\d]+)*$/,
  repository: /^[\w.-]+$/,
  homepage: /^https:\/\/[^\s/]+\/(\S*\/)?$/,
  securityContact: /^(https:\/\/\S+|[^\s@<>]+@[^\s@<>]+)$/,
  conductContact: /^(https:\/\/\S+|[^\s@<>]+@[^\s@<>]+)$/,
};

/** The files that may name the publisher. Those of specs and scripts are about others as well. */
const FILES = ['*.md', 'package.json', 'typedoc.json', 'docs', 'site', '.github'];
const TEXT = /\.(md|json|ya?ml|html|css|svg|txt|xml|[mc]?[jt]s)$/;

/** The facts of `publisher.json`. One that is missing or has another form is an error. */
export function readPublisher() {
  const facts = JSON.parse(read('publisher.json'));
  for (const [name, form] of Object.entries(FORMS)) {
    if (!form.test(facts[name])) throw new Error(`publisher.json: "${name}" must match ${form}, and is ${facts[name]}`);
  }
  return facts;
}

/** The facts that nobody has filled in yet. */
export const placeholders = facts => Object.keys(FORMS).filter(name => PLACEHOLDER.test(facts[name]));

/** The files that may name the publisher, with what they say. */
function files() {
  const paths = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...FILES], {
    cwd: root,
    encoding: 'utf8',
  });
  return paths
    .split('\0')
    .filter(path => TEXT.test(path) && existsSync(join(root, path)))
    .map(path => ({ path, text: read(path) }));
}

/** Each file that does not say what `publisher.json` says, with the text that does. */
export function disagreeing(facts) {
  const before = JSON.parse(read('package.json'));
  return files()
    .map(file => ({ ...file, agreed: agreed(file, facts, before) }))
    .filter(({ text, agreed }) => text !== agreed);
}

/** The files that have a placeholder left, though the facts are filled in. */
export const unfilled = () =>
  files()
    .filter(({ text }) => /\bOWNER[/.]/.test(text))
    .map(({ path }) => path);

/** `before` is `package.json`, which still names who published it until now. */
function agreed({ path, text }, facts, before) {
  const { owner, repository, homepage } = facts;
  const slug = `${owner}/${repository}`;
  const oldSlug = before.repository?.url.match(/github\.com\/(.+)\.git$/)?.[1];
  const site = homepage.slice(0, -1);
  const oldSite = before.homepage?.slice(0, -1);
  const replacements = [
    [/(<!-- publisher: (\w+) -->)[^]*?(?=<!-- \/publisher -->)/g, (_, start, name) => `${start}<${factOf(name)}>`],
    // A page with another owner means this one.
    [named('github\\.com/[\\w.-]+/rx-sse'), `github.com/${slug}`],
    [named('https://[\\w-]+\\.github\\.io/rx-sse'), site],
    [oldSlug && named(escaped(oldSlug)), slug],
    [oldSite && named(escaped(oldSite)), site],
  ];
  const factOf = name => {
    if (name in FORMS) return facts[name];
    throw new Error(`${path} has a mark for "${name}", which is no fact of publisher.json`);
  };
  const result = replacements.reduce((done, [old, now]) => (old ? done.replace(old, now) : done), text);
  return path === 'package.json' ? withFields(result, facts) : result;
}

const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Matches a whole name only. */
const named = pattern => new RegExp(`(?<![\\w-])${pattern}(?![\\w-])`, 'g');

function withFields(text, { owner, repository, homepage }) {
  const fields = JSON.parse(text);
  const url = `https://github.com/${owner}/${repository}`;
  fields.repository = { type: 'git', url: `git+${url}.git` };
  fields.homepage = homepage;
  fields.bugs = { url: `${url}/issues` };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

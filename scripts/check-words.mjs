// Checks the words of documents, comments and messages: npm run check:words -- [file …]
//
// A hit is printed as file:line, with the words and a suggestion. If a use is right, add `words-ok` to a comment in its line.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { hasProse, proseOf } from './prose.mjs';

/** The files that are checked if none are given. */
const CHECKED =
  /^(?:[\w-]+\.md$|(?:docs|src|spec|examples|schematics|scripts|site)\/|bench\/.*\.(?:mjs|md)$|\.github\/.*\.(?:md|yml)$)/;
/** These list the words that it finds. */
const SELF = ['scripts/check-words.mjs', 'spec/scripts/check-words.spec.ts'];

/** Patterns to avoid, and what to write instead. A space also matches a line end. They ignore case. */
const PATTERNS = [
  [/\bshall\b/, 'must, should or will'],
  [/\banew\b/, 'again'],
  [/\b(?:thereby|whence|hence|lest|upon|whilst|hereby|therein|thereof|whereby|hitherto|albeit)\b/, 'a modern word'],
  [/\b(?:merely|solely)\b/, 'only'],
  [/\bseldom\b/, 'rarely'],
  [/\bfor ever\b/, 'forever'],
  [/\bin vain\b/, 'what happens: it never arrives, it waits forever'],
  [/\bin hand\b/, 'current'],
  [/\bof the (?:present|former) (?:one|state|context)\b/, 'current, or previous'],
  [/\bthe (?:former|latter)\b/, 'the thing by its name'],
  [/\b(?:is|are|be|been|was|were)(?:n[’']t| not)? told\b/, 'receives, knows, or an active verb'],
  [/\bwhatever (?:it|that|they|this|he|she|is|may)\b/, 'any, or a shorter sentence'],
  [/\bnor\b/, 'or: "doesn’t block stability or server rendering"'],
  [/\b(?:is|are|was|were) to be\b/, 'must be, should be'],
  [/\b(?:whom|whomever)\b/, 'who, or another sentence'],
  [/\bbe it\b/, 'a plain clause'],
  [/\bone[’']?s own\b/, 'your own'],
  [/\ball that (?:is|are|was|has|have|it|they|you|one|comes?|came|happens?|there)\b/, 'everything, or all …'],
  [/\b(?:those|he|him|one|ones) (?:who|whose)\b/, 'the noun: users who, a client that'],
  [/\bwhat (?:comes|came|has come|have come|is to come)\b/, 'the noun: events, messages, data'],
  [/\b(?:for|after|in|within|of|with|to|than|up to|at most) so (?:long|many|much|few)\b/, 'this long, this many'],
  [/\b(?:resume[sd]?|continues?|goes|going|go on|goes on|begins?|begin|starts?|asks?|asked|sends?) behind\b/, 'after'],
  [/\bbehind (?:the last|that id|that event|that one|this one|each (?:chunk|event|other))\b/, 'after'],
  [
    /\bwhere (?:there (?:is|are|was|were|isn[’']t)|nothing|nobody|none|no |that is|this is|possible|needed|necessary|otherwise)/,
    'if',
  ],
  [
    /(?<=(?:^|[.!:]|\*)\s+)Where (?:a|an|it|there|this|that|no|nothing|nobody|you|one|two|both|all) [^\0\n]*[^?\n\0]$/m,
    'if, or a noun',
  ],
  [
    /(?<!\bthere )\b(?:is|are|was|were) no (?:failure|success|gap|error|part|number|HTTP|stream|text|position|date|answer)\b/,
    'isn’t a',
  ],
  [/\b(?:has|have) had (?:it|them|none)\b/, 'a plain verb'],
  [/\bstarted again unless\b/, 'POST requests aren’t retried unless you set `reconnect`.'],
  [/\bcomment is life\b|\bwithout a byte\b/, 'Reconnects after this many ms of silence. Comments count as activity.'],
  [/\bnot (?:merely )?when headers did\b/, 'Resets after the first event, not after the headers.'],
  [/\bits decoder accepts, but\b/, 'Invalid data in event "order"'],
];

/** A comment or a documentation block must not start with a riddle. */
const OPENING = [
  /^(?:What|Who|Whoever|Whose|Those|All that|How it stands)\b(?![^.]*\?)/,
  'the noun: "The wait that …", "Returns …"',
];

const spaced = new Map(
  PATTERNS.map(([pattern]) => [pattern, new RegExp(pattern.source.replaceAll(' ', '\\s+'), 'gim')]),
);

function hitsIn(path) {
  const text = readFileSync(path, 'utf8');
  const prose = proseOf(path, text);
  const lines = text.split('\n');
  const hits = [];
  const add = (index, found, advice) => {
    const line = prose.slice(0, index).split('\n').length;
    if (lines[line - 1].includes('words-ok')) return;
    hits.push({ index, line, found: found.replace(/\s+/g, ' ').trim(), advice });
  };
  for (const [pattern, advice] of PATTERNS) {
    for (const { index, 0: found } of prose.matchAll(spaced.get(pattern))) add(index, found, advice);
  }
  for (const { index, 0: found } of openingsIn(path, prose)) add(index, found, OPENING[1]);
  return hits.sort((a, b) => a.index - b.index);
}

/** Returns the first words of comments that start with a riddle. */
function openingsIn(path, prose) {
  if (/\.(?:md|html|yml)$/.test(path)) return [];
  return [...prose.matchAll(/(?<=\0)(\s+)([A-Z][^\0]*)/g)]
    .filter(([, , comment]) => OPENING[0].test(comment))
    .map(({ index, 1: space, 2: comment }) => ({ index: index + space.length, 0: comment.slice(0, 40) }));
}

const root = resolve(import.meta.dirname, '..');
const given = process.argv.slice(2).map(path => resolve(path));
const files = (given.length > 0 ? given : filesOf(root)).filter(hasProse);

function filesOf(folder) {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: folder });
  return listed
    .toString()
    .split('\0')
    .filter(path => CHECKED.test(path) && !SELF.includes(path))
    .map(path => resolve(folder, path));
}

let count = 0;
for (const file of files) {
  const path = relative(process.cwd(), file);
  const hits = hitsIn(file);
  count += hits.length;
  for (const { line, found, advice } of hits) console.log(`${path}:${line}: “${found}” → ${advice}`);
}
console.log(count === 0 ? `${files.length} files: no hits` : `${count} hits in ${files.length} files`);
if (count > 0) process.exitCode = 1;

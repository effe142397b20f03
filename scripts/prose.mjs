// Finds the prose in a file: comments, strings, and text of documents.
import { extname } from 'node:path';
import ts from 'typescript';

const LANGUAGES = { '.md': markdown, '.html': html, '.css': css, '.yml': yaml };
const CODE = ['.ts', '.mjs', '.cjs', '.js'];

/** Whether `proseOf` knows the kind of file. */
export const hasProse = path => [...Object.keys(LANGUAGES), ...CODE].includes(extname(path));

/**
 * Returns a text of the same length in which only the prose is left, so that positions and lines stay the same. All
 * other characters are `\0`, except line ends. Markers of comments within prose are spaces.
 */
export function proseOf(path, text) {
  return (LANGUAGES[extname(path)] ?? code)(text);
}

const hide = text => text.replace(/[^\n]/g, '\0');
const blank = text => text.replace(/[^\n]/g, ' ');

/** Keeps the parts of a text, and hides everything between them. A part has a start, an end, and its prose. */
function keep(text, parts) {
  let prose = '';
  for (const { start, end, shown } of parts.sort((a, b) => a.start - b.start)) {
    if (start < prose.length) continue;
    prose += hide(text.slice(prose.length, start)) + shown(text.slice(start, end));
  }
  return prose + hide(text.slice(prose.length));
}

/** Hides code between backquotes, and targets of links. */
const withoutCode = text => text.replace(/(`+)[^`][^]*?\1/g, hide).replace(/\]\([^)\s]*\)/g, hide);

function code(text) {
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true);
  const parts = [...stringsOf(source), ...commentsOf(source)];
  return keep(text, parts);
}

function stringsOf(source) {
  const parts = [];
  const isPart = node =>
    ts.isStringLiteral(node) ||
    [
      ts.SyntaxKind.NoSubstitutionTemplateLiteral,
      ts.SyntaxKind.TemplateHead,
      ts.SyntaxKind.TemplateMiddle,
      ts.SyntaxKind.TemplateTail,
    ].includes(node.kind);
  const visit = node => {
    if (isPart(node)) {
      const start = node.getStart(source) + 1;
      parts.push({ start, end: node.end - 1, shown: text => text.replace(/\\`[^]*?\\`/g, hide) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return parts;
}

function commentsOf(source) {
  const text = source.text;
  const parts = new Map();
  const visit = node => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = node.getChildren(source);
    children.forEach(visit);
    if (children.length > 0) return;
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ];
    for (const { pos: start, end, kind } of ranges) {
      parts.set(start, { start, end, shown: kind === ts.SyntaxKind.SingleLineCommentTrivia ? line : block });
    }
  };
  visit(source);
  // Lines that follow each other are one comment, so the space between them is prose.
  const all = [...parts.values()].sort((a, b) => a.start - b.start);
  for (const [index, part] of all.entries()) {
    const next = all[index + 1];
    if (part.shown !== line || next?.shown !== line || !/^\n[ \t]*$/.test(text.slice(part.end, next.start))) continue;
    all.push({ start: part.end, end: next.start, shown: gap => gap });
  }
  return all;
}

// Quotes of a standard, and directives of tools, aren't our words.
const line = text =>
  /^\/\/ (?:\[spec\]|eslint-|@ts-)/.test(text) ? hide(text) : withoutCode(text.replace(/^\/\//, blank));

function block(text) {
  if (/^\/\* eslint /.test(text)) return hide(text);
  const inner = text
    .slice(2, -2)
    .replace(/```[^]*?```/g, hide)
    .replace(/\[spec\][^"]*"[^"]*"/g, hide)
    .replace(/^[ \t]*\*/gm, blank)
    .replace(/^\*/, blank);
  return `\0\0${withoutCode(inner)}\0\0`;
}

function markdown(text) {
  const prose = text.replace(/^(```+)(\w*)\n([^]*?)^\1[ \t]*$/gm, (all, fence, language, inner) =>
    ['ts', 'typescript', 'js', 'tsx'].includes(language)
      ? `${hide(fence + language)}\n${code(inner)}${hide(all.slice(fence.length + language.length + 1 + inner.length))}`
      : hide(all),
  );
  return withoutCode(prose.replace(/^ {4}.*$/gm, hide)).replace(/^ {0,3}>/gm, blank);
}

function html(text) {
  return text.replace(/<(script|style)[^]*?<\/\1>/g, hide).replace(/<[/a-z!](?:[^>"]|"[^"]*")*>/g, tag);
}

/** Hides a tag except for the attributes that people see. */
const tag = text =>
  /^<!--/.test(text)
    ? text
    : keep(
        text,
        [...text.matchAll(/\b(?:title|alt|placeholder|aria-label|content)="([^"]*)"/g)].map(match => {
          const end = match.index + match[0].length - 1;
          return { start: end - match[1].length, end, shown: value => value };
        }),
      );

function css(text) {
  return keep(
    text,
    [...text.matchAll(/\/\*[^]*?\*\//g)].map(({ index, 0: all }) => ({
      start: index,
      end: index + all.length,
      shown: block,
    })),
  );
}

/** Keeps comments, and the texts that people read in a form or a list of jobs. Their values may be blocks. */
function yaml(text) {
  const parts = [...text.matchAll(/(?<=^|\s)#(?= ).*$/gm)].map(({ index, 0: all }) => ({
    start: index,
    end: index + all.length,
    shown: comment => withoutCode(comment.replace('#', ' ')),
  }));
  const values =
    /^( *)(?:- )?(?:name|title|description|about|label|value|placeholder): +(?:[|>][+-]?\n((?:\1 +.*\n|\n)+)|(.*)$)/gm;
  for (const { index, 0: all, 2: block, 3: line } of text.matchAll(values)) {
    const end = index + all.length;
    parts.push({ start: end - (block ?? line).length, end, shown: yamlValue });
  }
  return keep(text, parts);
}

const yamlValue = value => withoutCode(value.replace(/^( *)```[^]*?^\1```$/gm, hide));

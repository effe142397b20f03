/** Matches the end of a sentence that is followed by another one in the same line. */
const BETWEEN_SENTENCES = /[.!?]["”’)*_]*\s+\S|…\s+\p{Lu}/u;

/** Replaces everything that isn't prose, or has full stops that don't end a sentence. */
const plain = (line: string) =>
  line
    .replace(/<!--.*?-->|(`+)[^`].*?\1(?!`)|\]\([^)\s]*\)|https?:\S+?(?=[.,;:)]*(?:\s|$))/g, '¤')
    .replace(/^\s*(?:[-*+]|\d+\.) +/, '')
    .replace(/\b(?:e\.g|i\.e|etc|vs|cf)\./g, '¤')
    .replace(/\([^()]*\)/g, inner => inner.replace(/[.!?…](?=\s)/g, ''));

/**
 * Returns the lines of a page that are longer than 120 characters and contain several sentences. Ignores tables,
 * headings, images, code and generated sections.
 */
export function longLinesOf(markdown: string): string[] {
  const prose = markdown
    .replace(/^<!-- figures\b.*?-->$[^]*?^<!-- end of .*-->$/gm, '')
    .replace(/^( *)(```+)[^]*?^\1\2$/gm, '')
    .replace(/^(?: *\||#| *!\[).*$/gm, '');
  return prose.split('\n').filter(line => line.length > 120 && BETWEEN_SENTENCES.test(plain(line)));
}

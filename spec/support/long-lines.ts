/** Where a sentence ends and another one begins in the same line. */
const BETWEEN_SENTENCES = /[.!?]["”’)*_]*\s+\S|…\s+\p{Lu}/u;

/** Replaces what isn't prose, or has full stops that end no sentence. */
const plain = (line: string) =>
  line
    .replace(/<!--.*?-->|(`+)[^`].*?\1(?!`)|\]\([^)\s]*\)|https?:\S+?(?=[.,;:)]*(?:\s|$))/g, '¤')
    .replace(/^\s*(?:[-*+]|\d+\.) +/, '')
    .replace(/\b(?:e\.g|i\.e|etc|vs|cf)\./g, '¤')
    .replace(/\([^()]*\)/g, inner => inner.replace(/[.!?…](?=\s)/g, ''));

/**
 * Returns the lines of a page that are longer than 120 characters and hold several sentences. Tables, headings, pictures,
 * code and generated sections may do that.
 */
export function longLinesOf(markdown: string): string[] {
  const prose = markdown
    .replace(/^<!-- figures\b.*?-->$[^]*?^<!-- end of .*-->$/gm, '')
    .replace(/^( *)(```+)[^]*?^\1\2$/gm, '')
    .replace(/^(?: *\||#| *!\[).*$/gm, '');
  return prose.split('\n').filter(line => line.length > 120 && BETWEEN_SENTENCES.test(plain(line)));
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Paint = (text: string, ...styles: (keyof typeof CODES)[]) => string;

/** Colors a text, or returns it unchanged. */
export const paint =
  (hasColor: boolean): Paint =>
  (text, ...styles) =>
    hasColor && text !== '' ? `\x1b[${styles.map(style => CODES[style]).join(';')}m${text}\x1b[0m` : text;

/** Copies a text. Engines keep the whole string that a text was cut from. */
export const ownText = (text: string): string => ` ${text}`.slice(1);

/** The text without that which it was cut from: engines keep all of it for a part. */
export const ownText = (text: string): string => ` ${text}`.slice(1);

/** Returns a function that throws `reason`. */
export const fail = (reason: unknown) => () => {
  throw reason;
};

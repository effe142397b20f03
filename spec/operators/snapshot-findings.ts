/** Counts over all sequences. They show that the hard cases occur. */
export const told = {
  sequences: 0,
  events: 0,
  dropped: 0,
  snapshots: 0,
  failed: 0,
  abandoned: 0,
  gaps: 0,
  cuts: 0,
  broken: 0,
};

/** The violations of a sequence. They are collected, because RxJS reports errors of a subscriber asynchronously. */
export const wrongs: string[] = [];
export function wrong(isWrong: boolean, what: string): void {
  if (isWrong) wrongs.push(what);
}

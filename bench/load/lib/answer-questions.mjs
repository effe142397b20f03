/** The options that the process was started with. */
export const options = JSON.parse(process.argv[2] ?? '{}');

/** The side of a process that `AskedProcess` started. @param {Record<string, (about: any) => unknown>} answers By question. */
export function answerQuestions(answers) {
  process.on('message', async ({ id, question, about }) => {
    try {
      process.send({ to: id, answer: await answers[question](about) });
    } catch (error) {
      process.send({ to: id, failure: error.stack ?? String(error) });
    }
  });
  // The parent is gone.
  process.on('disconnect', () => process.exit());
}

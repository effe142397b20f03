/** A decoder that returns Promises. The test settles each by the text of its event. */
export function manualDecoder<Data = string>() {
  const asked = new Map<string, { resolve: (data: Data) => void; reject: (reason: unknown) => void }>();
  const decoder = (text: string) =>
    new Promise<Data>((resolve, reject) => {
      asked.set(text, { resolve, reject });
    });
  const answer = (text: string) => {
    const answer = asked.get(text);
    if (!answer) throw new Error(`Expected to be asked for ${text}`);
    return answer;
  };
  return {
    decoder,
    asked,
    resolve: (text: string, data: Data) => answer(text).resolve(data),
    reject: (text: string, reason: unknown) => answer(text).reject(reason),
  };
}

/**
 * Asks one thing at a time: those who ask while an answer is awaited share the next, so that each gets an answer to a question that was put after its own. What
 * the first of them gives along goes for all.
 */
export function freshly<A extends unknown[], T>(ask: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const begin = (args: A): Promise<T> => {
    const asked = ask(...args).finally(() => {
      if (running === asked) running = undefined;
    });
    running = asked;
    return asked;
  };
  return (...args) => {
    if (running === undefined) return begin(args);
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin(args);
      });
    return next;
  };
}

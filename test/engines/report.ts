/** Runs one part and prints how it went, in one line, and why not. Gives what went wrong. */
export async function timed(name: string, work: () => Promise<string>): Promise<string | undefined> {
  const from = performance.now();
  const line = (how: string, note: string) =>
    console.log(
      `${name.padEnd(17)} ${how.padEnd(7)} ${String(Math.round(performance.now() - from)).padStart(6)} ms  ${note}`.trimEnd(),
    );
  try {
    line('ok', await work());
    return undefined;
  } catch (error) {
    line('FAILED', '');
    console.log(reason(error).replace(/^/gm, '    '));
    return reason(error);
  }
}

export const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

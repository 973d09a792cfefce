import { execFile } from 'node:child_process';

/** Runs a program of the host that has to succeed; gives its stdout. Killed after `timeoutMs`. Throws with what it said. `env` is added to ours. */
export function runTool(
  file: string,
  args: readonly string[],
  cwd: string,
  timeoutMs: number,
  env: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: 1 << 24,
    };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}

/**
 * Places where the crash test pulls the plug. With PJ_CRASH_AT=N in the environment the process kills itself (SIGKILL, so
 * that nothing is cleaned up) at the Nth place it passes; without it this does nothing.
 */
export const crashPoint: (name: string) => void = arm(process.env['PJ_CRASH_AT']);

function arm(setting: string | undefined): (name: string) => void {
  const at = Number(setting ?? 0);
  if (!Number.isSafeInteger(at) || at <= 0) return () => undefined;
  let passed = 0;
  return () => {
    passed += 1;
    if (passed === at) process.kill(process.pid, 'SIGKILL');
  };
}

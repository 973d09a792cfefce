import { runTool } from './guest/run-tool.ts';
import type { Step } from './step.ts';

const SERVER = '/usr/bin/prometheus';
const PROMTOOL = '/usr/bin/promtool';

/** Debian's Prometheus as a program only: each test starts a server of its own, on a port and in a folder of its own. */
export const prometheus: Step = {
  name: 'prometheus',
  packages: ['prometheus'],
  gives: ['prometheus'],
  needs: [],
  daemons: [],
  async up() {
    await runTool(SERVER, ['--version'], '/', 60_000);
    await runTool(PROMTOOL, ['--version'], '/', 60_000);
    return { prometheus: { server: SERVER, promtool: PROMTOOL } };
  },
  down: () => Promise.resolve(),
};

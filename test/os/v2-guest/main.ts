/** What the guest runs: every check, one after the other, told as a line of JSON each on the second serial line. */
import { appendFileSync } from 'node:fs';
import { allChecks } from './all.ts';
import { runCheck } from './check.ts';
import { runAsUser } from './delegation-checks.ts';

const REPORT = '/dev/ttyS1';

async function main(): Promise<void> {
  const [flag, name = ''] = process.argv.slice(2);
  if (flag === '--as-user') return runAsUser(name);
  for (const check of allChecks) {
    const outcome = await runCheck(check);
    appendFileSync(REPORT, `${JSON.stringify(outcome)}\n`);
    console.log(`${outcome.error === undefined ? 'ok' : 'FAILED'} ${outcome.name} (${outcome.ms} ms)`);
    if (outcome.error !== undefined) console.log(outcome.error);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

/**
 * Fetches a Debian package into the folder `work` and installs nothing; gives the file. `name` is asked again where the first try finds
 * package lists that are old or not there at all.
 */
export async function downloadPackage(work: string, name: () => Promise<string>): Promise<string> {
  const download = async () =>
    runTool('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', await name()], work, 120_000);
  try {
    await download();
  } catch {
    await runTool('apt-get', ['update', '-qq'], work, 120_000);
    await download();
  }
  const deb = readdirSync(work).find((file) => file.endsWith('.deb'));
  if (deb === undefined) throw new Error(`apt-get download of ${await name()} gave no package`);
  return join(work, deb);
}

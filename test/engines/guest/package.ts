import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

/** As `downloadPackages`, one of them. */
export async function downloadPackage(work: string, name: () => Promise<string>): Promise<string> {
  const [deb] = await downloadPackages(work, async () => [await name()]);
  if (deb === undefined) throw new Error(`apt-get download of ${await name()} gave no package`);
  return deb;
}

/**
 * Fetches Debian packages into the folder `work` and installs nothing; gives the files. `names` is asked again where the first try finds
 * package lists that are old or not there at all.
 */
export async function downloadPackages(work: string, names: () => Promise<string[]>): Promise<string[]> {
  const download = async () =>
    runTool('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', ...(await names())], work, 120_000);
  try {
    await download();
  } catch {
    await runTool('apt-get', ['update', '-qq'], work, 120_000);
    await download();
  }
  return readdirSync(work)
    .filter((file) => file.endsWith('.deb'))
    .map((file) => join(work, file));
}

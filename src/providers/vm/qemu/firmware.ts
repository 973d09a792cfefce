import { copyFileSync, existsSync, renameSync } from 'node:fs';

/** UEFI firmware of this host: code, and variables to begin with. */
export interface Firmware {
  code: string;
  variables: string;
}

const PLACES: readonly Firmware[] = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
].map(([code = '', variables = '']) => ({ code, variables }));

/** Undefined where there is none (package ovmf). */
export const findFirmware = (): Firmware | undefined =>
  PLACES.find(({ code, variables }) => existsSync(code) && existsSync(variables));

/** Gives a machine variables of its own; those that it has it keeps. */
export function makeVariables({ variables }: Firmware, own: string): void {
  if (existsSync(own)) return;
  // Whole or not at all: what a kill has cut short no firmware starts from.
  copyFileSync(variables, `${own}.making`);
  renameSync(`${own}.making`, own);
}

/** Why a machine is paused that nobody has paused, by QEMU's own word for it. */
export const WHY_PAUSED: Readonly<Partial<Record<string, string>>> = {
  'io-error': 'a disk could not be written to or read: is there no space left for it?',
  watchdog: 'its watchdog stopped it',
  'guest-panicked': 'the guest panicked',
};

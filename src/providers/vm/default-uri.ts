/** The connection of libvirt's that is meant where none is named. */
export const defaultUri = (env: Record<string, string | undefined>): string => {
  const told = env['LIBVIRT_DEFAULT_URI'] ?? '';
  return told === '' ? 'qemu:///system' : told;
};

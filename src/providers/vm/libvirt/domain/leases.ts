/** An address that a network has given to a card. */
export interface Lease {
  mac: string;
  address: string;
}

/** What `virsh domifaddr` and `net-dhcp-leases` say: something, the mac, the protocol, an address with its prefix. */
export const leasesIn = (told: string): Lease[] =>
  told.split('\n').flatMap((line) => {
    const [, mac, , address] = /\s([0-9a-f:]{17})\s+(ipv[46])\s+([^/\s]+)/i.exec(line) ?? [];
    return mac === undefined || address === undefined ? [] : [{ mac: mac.toLowerCase(), address }];
  });

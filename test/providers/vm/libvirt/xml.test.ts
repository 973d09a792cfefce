import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/model/spec.ts';
import { complaint, isNotThere, refusal } from '../../../../src/providers/vm/libvirt/connection/complaint.ts';
import { isLocal } from '../../../../src/providers/vm/libvirt/connection/virsh.ts';
import { filterXml } from '../../../../src/providers/vm/libvirt/domain/filters.ts';
import { forwardsIn } from '../../../../src/providers/vm/libvirt/domain/forwards.ts';
import { leasesIn } from '../../../../src/providers/vm/libvirt/domain/leases.ts';
import { statsIn } from '../../../../src/providers/vm/libvirt/domain/see.ts';
import { domainXml } from '../../../../src/providers/vm/libvirt/xml/domain.ts';
import { marksIn } from '../../../../src/providers/vm/libvirt/xml/marks.ts';
import { all, fromXml, one, text } from '../../../../src/providers/vm/libvirt/xml/tree.ts';
import { machineOf } from '../../../../src/providers/vm/machine.ts';

const identity = { project: 'p', lineage: 'f00d0000-0000-4000-8000-000000000000', id: 'db', generation: 1 };

function made(spec: Spec, kvm = false) {
  const machine = machineOf(identity, spec, '/p');
  const marks = { identity, specDigest: 'd&"<', folder: machine.uuid, atRest: true };
  const xml = domainXml({
    machine,
    spec,
    marks,
    dir: '/p',
    kvm,
    apparmor: false,
    secrets: new Map([['file:/p/a.qcow2', 'U']]),
  });
  const domain = one(fromXml(xml), 'domain');
  if (domain === undefined) throw new Error(xml);
  return { xml, domain, devices: one(domain, 'devices') };
}

describe('the XML of a domain', () => {
  it('is known again by its marks, whatever stands in them', () => {
    const { domain } = made({ vm: {} });
    expect(marksIn(domain)).toMatchObject({ identity, specDigest: 'd&"<', atRest: true });
  });

  it('holds no sensitive value, and spare ports', () => {
    const encryption = { passphrase: 'hunter2' };
    const { xml, devices } = made({ vm: { disks: [{ path: 'a.qcow2', encryption }] } });
    expect(xml).not.toContain('hunter2');
    const [disk] = all(devices, 'disk');
    expect(text(disk, 'source', 'encryption', 'secret', '@uuid')).toBe('U');
    const ports = all(devices, 'controller').filter((each) => text(each, '@model') === 'pcie-root-port');
    expect(ports.length).toBeGreaterThanOrEqual(12);
  });

  it('asks for a processor that is there', () => {
    expect(text(made({ vm: {} }).domain, 'cpu', '@mode')).toBe('maximum');
    expect(text(made({ vm: {} }, true).domain, 'cpu', '@mode')).toBe('host-model');
    expect(text(made({ vm: { cpuModel: 'qemu64' } }).domain, 'cpu', 'model')).toBe('qemu64');
  });

  it('says filter rules in their order', () => {
    const xml = filterXml({ uuid: 'u' }, [{ action: 'accept', protocol: 'tcp', port: 80 }, { action: 'drop' }]);
    const rules = all(one(fromXml(xml), 'filter'), 'rule');
    // Each for IPv4 and for IPv6.
    expect(rules.map((rule) => [text(rule, '@action'), text(rule, '@priority')])).toEqual([
      ['accept', '500'],
      ['accept', '500'],
      ['drop', '501'],
      ['drop', '501'],
    ]);
    expect(text(rules[0], 'tcp', '@dstportstart')).toBe('80');
  });
});

describe('what virsh says', () => {
  it('is read', () => {
    const stats = statsIn("Domain: 'a'\n  state.state=5\n  state.reason=2\n\nDomain: 'b'\n  vcpu.current=1\n\n");
    expect([stats.get('a')?.['state.reason'], stats.get('b')?.['vcpu.current']]).toEqual(['2', '1']);
    expect(leasesIn(' vnet0      52:54:00:c0:86:82    ipv4         192.168.150.66/24\n')).toEqual([
      { mac: '52:54:00:c0:86:82', address: '192.168.150.66' },
    ]);
    const usernet = `Hub -1 (hostnet0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[HOST_FORWARD]  18       127.0.0.1 34573       10.0.2.15    80     0     0
`;
    const forward = { net: 'hostnet0', protocol: 'tcp', hostIp: '127.0.0.1', host: 34573, container: 80 };
    expect(forwardsIn(usernet)).toEqual([forward]);
  });

  it('becomes an error of pj', () => {
    const doing = { action: 'create', id: 'db' };
    expect(isNotThere("error: failed to get domain 'nope'\n")).toBe(true);
    const away = 'error: failed to connect to the hypervisor\nerror: Failed to connect socket: No such file\n';
    expect(refusal(doing, complaint(away)).code).toBe('PJ5506');
    const taken =
      "error: Failed to define domain from /dev/stdin\nerror: operation failed: domain 'x' already exists with uuid u\n";
    expect(refusal(doing, complaint(taken)).code).toBe('PJ5503');
    expect(refusal(doing, complaint('error: internal error: it burns\n')).message).toContain('it burns');
  });

  it('is of this host or of another', () => {
    expect(['qemu:///system', 'qemu+unix:///system?socket=/x', 'qemu+ssh://a/system'].map(isLocal)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('what is asked for', () => {
  it('boots what nobody has signed', () => {
    expect(made({ vm: { firmware: 'uefi' } }).xml).toContain('<feature enabled="no" name="secure-boot"/>');
  });

  it('filters both families where no address is named', () => {
    const xml = filterXml({ uuid: 'U' }, [
      { action: 'accept', protocol: 'icmp' },
      { action: 'drop', source: 'fd00::/8' },
      { action: 'drop' },
    ]);
    const rules = all(one(fromXml(xml), 'filter'), 'rule').flatMap((rule) =>
      Object.keys(rule).filter((key) => !key.startsWith('@')),
    );
    expect(rules).toEqual(['icmp', 'icmpv6', 'all-ipv6', 'all', 'all-ipv6']);
  });
});

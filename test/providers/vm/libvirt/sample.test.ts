import { expect, it } from 'vitest';
import { statsIn } from '../../../../src/providers/vm/libvirt/domain/see.ts';
import { countersIn } from '../../../../src/providers/vm/libvirt/sample.ts';

const TOLD = `Domain: 'web'
  cpu.time=2500000000
  balloon.current=524288
  balloon.maximum=524288
  balloon.rss=204800
  balloon.usable=300000
  balloon.available=500000
  vcpu.current=2
  vcpu.maximum=4
  net.count=2
  net.0.name=vnet0
  net.0.rx.bytes=100
  net.0.tx.bytes=10
  net.1.rx.bytes=5
  net.1.tx.bytes=6
  block.count=2
  block.0.name=vda
  block.0.rd.bytes=1000
  block.0.wr.bytes=2000
  block.0.allocation=0
  block.0.physical=4096
  block.1.name=vdb
  block.1.rd.bytes=24

Domain: 'bare'
  cpu.time=1
  balloon.rss=1
  block.count=0
  net.count=0
`;

it('what domstats tells of machines, in base units; what it does not tell is not there', () => {
  const all = statsIn(TOLD);
  expect(countersIn(all.get('web') ?? {})).toEqual({
    cpuSeconds: 2.5,
    cpuLimit: 2,
    memory: 204_800 * 1024,
    workingSet: 200_000 * 1024,
    memoryLimit: 524_288 * 1024,
    diskRead: 1024,
    diskWritten: 2000,
    diskUsed: 4096,
    networkReceived: 105,
    networkSent: 16,
  });
  expect(countersIn(all.get('bare') ?? {})).toEqual({ cpuSeconds: 1e-9, memory: 1024, workingSet: 1024 });
});

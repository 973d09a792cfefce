import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownCapabilities } from '../../src/os/capabilities.ts';
import { readRlimit } from '../../src/os/rlimits.ts';
import { checkSecurity, findTools } from '../../src/os/sandbox.ts';

const all = {
  sh: '/bin/sh',
  env: '/usr/bin/env',
  setpriv: '/usr/bin/setpriv',
  prlimit: '/usr/bin/prlimit',
  bwrap: '/usr/bin/bwrap',
};
const messages = (...args: Parameters<typeof checkSecurity>) =>
  checkSecurity(...args).map((f) => `${f.path}: ${f.message}`);

describe('checkSecurity', () => {
  it('finds nothing wrong with nothing, nor with what can be done', () => {
    expect(checkSecurity(undefined, {})).toEqual([]);
    const security = {
      noNewPrivileges: true,
      capabilities: [],
      readOnlyRoot: true,
      privateNetwork: true,
      privateTmp: true,
    };
    expect(
      checkSecurity(security, all, { isRoot: true, user: 'nobody', umask: '027', rlimits: { nofile: 64 } }),
    ).toEqual([]);
  });

  it('says what to install', () => {
    const security = { privateTmp: true, capabilities: [] };
    expect(checkSecurity(security, {}, { isRoot: true, rlimits: { core: 0 } })).toContainEqual({
      severity: 'error',
      path: '/security/privateTmp',
      message: 'privateTmp needs bubblewrap, which is not installed',
      hint: 'apt-get install bubblewrap',
    });
    expect(messages(security, {}, { isRoot: true, rlimits: { core: 0 } })).toEqual([
      '/security/privateTmp: privateTmp needs bubblewrap, which is not installed',
      '/security/privateTmp: privateTmp needs env, which is not installed',
      '/security/privateTmp: privateTmp needs setpriv, which is not installed',
      '/security/capabilities: capabilities needs setpriv, which is not installed',
      '/native/rlimits: rlimits needs prlimit, which is not installed',
    ]);
  });

  it('says what only root can do', () => {
    expect(messages({ capabilities: ['net_raw'] }, all, { isRoot: false })).toEqual([
      '/security/capabilities: only root can give capabilities',
    ]);
    expect(checkSecurity({ capabilities: [], noNewPrivileges: true }, all, { isRoot: false })).toEqual([]);
    expect(messages(undefined, all, { isRoot: false, user: 'daemon', group: 'games' })).toEqual([
      '/native/user: only root can start a process as daemon',
      '/native/group: only root can start a process in group games',
    ]);
  });

  it('finds users, groups and capabilities that are not there', () => {
    expect(
      messages({ capabilities: ['fly', 'chown'] }, all, { isRoot: true, user: 'nobody-at-all', group: 'no-group' }),
    ).toEqual([
      '/security/capabilities/0: fly is not a capability',
      '/native/user: there is no user nobody-at-all on this host',
      '/native/group: there is no group no-group on this host',
    ]);
    expect(messages(undefined, all, { isRoot: true, user: '54321' })).toEqual([
      '/native/user: there is no user with the number 54321, so that its group has to be given',
    ]);
  });

  it.runIf(!ownCapabilities('bounding').has('sys_resource'))('finds a capability that pj itself may not have', () => {
    expect(messages({ capabilities: ['SYS_RESOURCE'] }, all, { isRoot: true }).join()).toMatch(
      /was taken from pj itself/,
    );
  });

  it('finds limits that are no limits or above the hard one', () => {
    const rlimits = { nofiles: 3, core: 1.5, nproc: -2, stack: '8M' };
    expect(messages(undefined, all, { rlimits })).toEqual([
      '/native/rlimits/nofiles: nofiles is not a resource limit',
      '/native/rlimits/core: rlimit core is a whole number of 0 or more, or -1 for unlimited',
      '/native/rlimits/nproc: rlimit nproc is a whole number of 0 or more, or -1 for unlimited',
      '/native/rlimits/stack: rlimit stack is a whole number of 0 or more, or -1 for unlimited',
    ]);
    const { hard } = readRlimit('nofile') ?? { hard: 0 };
    const above = messages(undefined, all, { rlimits: { nofile: hard + 1 } });
    if (ownCapabilities('effective').has('sys_resource') || !Number.isFinite(hard)) expect(above).toEqual([]);
    else expect(above.join()).toMatch(/is above the hard limit of \d+, which pj may not raise/);
  });

  it('finds wrong types and unknown keys, and leaves templates alone', () => {
    const leaf = { $template: { parts: [{ var: 'x' }], sensitive: false } };
    expect(
      messages({ readOnlyRoot: 'yes', capabilities: 'all', seccomp: true, privateTmp: leaf }, all, { user: leaf }),
    ).toEqual([
      '/security/readOnlyRoot: security.readOnlyRoot is true or false',
      '/security/capabilities: security.capabilities is a list of strings',
      '/security/seccomp: security.seccomp is not known for a native process',
    ]);
    expect(checkSecurity({ noNewPrivileges: false, privateTmp: true }, all).map((f) => f.path)).toEqual([
      '/security/noNewPrivileges',
    ]);
    expect(messages(undefined, all, { umask: '0999' }).join()).toMatch(/not an octal number/);
  });

  it('warns of writable paths that do nothing or are not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pj-check-'));
    try {
      const paths = { writablePaths: ['data'] };
      expect(checkSecurity(paths, all, { workdir: folder }).map((f) => `${f.severity} ${f.message}`)).toEqual([
        'warning writablePaths does nothing without readOnlyRoot',
        `warning ${folder}/data is not there (yet)`,
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('findTools', () => {
  it('looks into the standard folders whatever PATH is', () => {
    expect(findTools('').sh).toBe('/bin/sh');
    expect(findTools('relative:/nowhere').setpriv).toMatch(/^\/.*\/setpriv$/);
  });
});

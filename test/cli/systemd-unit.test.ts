import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installUnit, removeUnit, systemctl, systemdRuns, unitPlace } from '../../src/cli/systemd-unit.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-unit-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const place = (project = '/srv/my shop') => unitPlace(project, { XDG_CONFIG_HOME: dir }, 1000);

it('belongs to the system for root, else to the user; one for each project', () => {
  expect(unitPlace('/srv/my shop', {}, 0)).toMatchObject({
    path: expect.stringMatching(/^\/etc\/systemd\/system\/pj-agent-my-shop-[0-9a-f]{8}\.service$/),
    systemctl: ['systemctl'],
  });
  expect(place()).toMatchObject({ path: expect.stringContaining(join(dir, 'systemd/user/pj-agent-')) });
  expect(place().systemctl).toEqual(['systemctl', '--user']);
  expect(place('/other/my shop').name).not.toBe(place().name);
});

it('is put in place once, again where it differs, and taken away with its link', () => {
  expect([installUnit('one', place()), installUnit('one', place()), installUnit('two', place())]).toEqual([
    true,
    false,
    true,
  ]);
  expect([readFileSync(place().path, 'utf8'), statSync(place().path).mode & 0o777]).toEqual(['two', 0o644]);
  mkdirSync(dirname(place().link));
  symlinkSync(place().path, place().link);
  expect([removeUnit(place()), removeUnit(place())]).toEqual([true, false]);
  expect(existsSync(place().link)).toBe(false);
});

it('that cannot be written, or that systemd will not have, is told', async () => {
  writeFileSync(join(dir, 'systemd'), '');
  expect(() => installUnit('one', place())).toThrow(expect.objectContaining({ code: 'PJ6010' }));
  writeFileSync(
    join(dir, 'systemctl'),
    '#!/bin/sh\necho "$@" >> "$0.log"\n[ "$2" != enable ] || { echo "no bus" >&2; exit 1; }\n',
  );
  chmodSync(join(dir, 'systemctl'), 0o755);
  const ask = { ...place(), systemctl: [join(dir, 'systemctl'), '--user'] };
  await systemctl(ask, [['daemon-reload']], {});
  await expect(
    systemctl(
      ask,
      [
        ['enable', ask.name],
        ['restart', ask.name],
      ],
      {},
    ),
  ).rejects.toMatchObject({
    code: 'PJ5703',
    message: expect.stringContaining('no bus'),
  });
  await expect(systemctl({ ...ask, systemctl: [join(dir, 'none')] }, [['x']], {})).rejects.toMatchObject({
    code: 'PJ5703',
  });
  expect(readFileSync(join(dir, 'systemctl.log'), 'utf8')).toBe(`--user daemon-reload\n--user enable ${ask.name}\n`);
  expect([systemdRuns(dir), systemdRuns(join(dir, 'none'))]).toEqual([true, false]);
});

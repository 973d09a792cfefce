import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ourDaemon, startDaemon, stopDaemon } from './daemon.ts';
import { runTool } from './guest/run-tool.ts';
import { PLACE, place } from './place.ts';
import type { Step } from './step.ts';

const HOST = 'pj-remote';
const at = (name: string): string => place('ssh', name);

/** An ssh server on loopback whose only key is ours: a remote host that is this one. */
export const ssh: Step = {
  name: 'ssh',
  packages: ['openssh-server', 'openssh-client'],
  gives: ['ssh'],
  needs: [],
  daemons: ['sshd'],
  async up({ session, ports }) {
    const [config, binDir] = [at('config'), `${PLACE}/ssh/bin`];
    for (const key of ['host-key', 'key']) {
      if (!existsSync(at(key)))
        await runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'pj engines', '-f', at(key)], '/', 10_000);
    }
    const port = ports.sshd;
    copyFileSync(at('key.pub'), at('authorized_keys'));
    chmodSync(at('authorized_keys'), 0o600);
    writeFileSync(at('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(at('host-key.pub'), 'utf8')}`);
    writeFileSync(config, clientConfig(port));
    // The docker command runs `ssh` without options.
    mkdirSync(binDir, { recursive: true });
    writeFileSync(`${binDir}/ssh`, `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`);
    chmodSync(`${binDir}/ssh`, 0o755);
    const given = { ssh: { config, host: HOST, port, binDir } };
    if (ourDaemon('sshd') !== undefined) {
      if (await logsIn(config)) return given;
      await stopDaemon('sshd', 5_000);
    }
    mkdirSync('/run/sshd', { recursive: true });
    writeFileSync(at('sshd_config'), serverConfig(port));
    await startDaemon({
      name: 'sshd',
      file: '/usr/sbin/sshd',
      args: ['-D', '-e', '-f', at('sshd_config')],
      session,
      ready: () => logsIn(config),
      deadlineMs: 15_000,
    });
    return given;
  },
  down: () => stopDaemon('sshd', 5_000),
};

const logsIn = (config: string): Promise<boolean> =>
  runTool('ssh', ['-F', config, '-o', 'ConnectTimeout=2', HOST, 'true'], '/', 10_000).then(
    () => true,
    () => false,
  );

const clientConfig = (port: number): string => `Host ${HOST} 127.0.0.1
  HostName 127.0.0.1
  Port ${port}
  User root
  IdentityFile ${at('key')}
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking yes
  UserKnownHostsFile ${at('known_hosts')}
`;

/** Without PAM sshd lets nobody in whose password is locked, as root's is on many machines. */
const serverConfig = (port: number): string => `Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('host-key')}
PidFile none
AuthorizedKeysFile ${at('authorized_keys')}
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM ${/^root:!/m.test(readFileSync('/etc/shadow', 'utf8')) ? 'yes' : 'no'}
LogLevel ERROR
MaxStartups 100
Subsystem sftp internal-sftp
`;

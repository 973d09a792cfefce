import { describe, expect, it } from 'vitest';
import { converted } from './ground.ts';

/** Every key of a service that the Compose specification has, with a value that is not its default. */
const KEYS: Record<string, string> = {
  annotations: '{ a: b }',
  attach: 'false',
  blkio_config: '{ weight: 300 }',
  build: './src',
  cap_add: '[NET_ADMIN]',
  cap_drop: '[ALL]',
  cgroup: 'host',
  cgroup_parent: 'm',
  command: 'run',
  configs: '[c]',
  container_name: 'x',
  cpu_count: '2',
  cpu_percent: '50',
  cpu_period: '50000',
  cpu_quota: '50000',
  cpu_rt_period: '1',
  cpu_rt_runtime: '1',
  cpu_shares: '512',
  cpus: '0.5',
  cpuset: '"0"',
  credential_spec: '{ file: a }',
  depends_on: '[other]',
  deploy: '{ replicas: 2 }',
  develop: '{ watch: [] }',
  device_cgroup_rules: '["c 1:3 mr"]',
  devices: '[/dev/fuse]',
  dns: '1.1.1.1',
  dns_opt: '[use-vc]',
  dns_search: 'example.com',
  domainname: 'a.b',
  entrypoint: 'run',
  env_file: 'a.env',
  environment: '{ A: b }',
  expose: '["80"]',
  external_links: '[a]',
  extra_hosts: '["a:1.1.1.1"]',
  gpus: 'all',
  group_add: '[video]',
  healthcheck: '{ test: x }',
  hostname: 'h',
  image: 'other',
  init: 'true',
  ipc: 'host',
  isolation: 'x',
  label_file: 'a',
  labels: '{ a: b }',
  links: '[other]',
  logging: '{ driver: local }',
  mac_address: '02:42:ac:11:00:02',
  mem_limit: '1g',
  mem_reservation: '1g',
  mem_swappiness: '10',
  memswap_limit: '1g',
  models: '[m]',
  network_mode: 'host',
  networks: '[n]',
  oom_kill_disable: 'true',
  oom_score_adj: '10',
  pid: 'host',
  pids_limit: '10',
  platform: 'linux/arm64',
  ports: '["80:80"]',
  post_start: '[{ command: a }]',
  pre_stop: '[{ command: a }]',
  privileged: 'true',
  profiles: '[a]',
  provider: '{ type: x }',
  pull_policy: 'always',
  read_only: 'true',
  restart: 'always',
  runtime: 'runsc',
  scale: '2',
  secrets: '[s]',
  security_opt: '[no-new-privileges]',
  shm_size: '64m',
  stdin_open: 'true',
  stop_grace_period: '30s',
  stop_signal: 'SIGINT',
  storage_opt: '{ size: 1G }',
  sysctls: '{ a: 1 }',
  tmpfs: '/run',
  tty: 'true',
  ulimits: '{ nproc: 1 }',
  use_api_socket: 'true',
  user: '"1000"',
  userns_mode: 'host',
  uts: 'host',
  volumes: '[v:/v]',
  volumes_from: '[other]',
  working_dir: '/w',
};

const around = (key: string, value: string): string => `
services:
  other: { image: a }
  web:
    ${key === 'image' || key === 'build' ? '' : 'image: a'}
    ${key}: ${value}
networks: { n: }
volumes: { v: }
secrets: { s: { file: s.txt } }
configs: { c: { file: c.txt } }
`;

describe('nothing is dropped silently', () => {
  it.each(Object.entries(KEYS))('%s changes the descriptor or is listed', async (key, value) => {
    const files = { 'compose.yaml': around(key, value), 'a.env': 'A=1\n' };
    const [with_, without] = [await converted(files), await converted(around('x-none', '1'))];
    expect(with_.errors).toEqual([]);
    const differs =
      JSON.stringify(with_.descriptors.get('web.yaml')) !== JSON.stringify(without.descriptors.get('web.yaml'));
    const told = with_.notes.filter((note) => note.key.startsWith(`services.web.${key}`));
    expect(differs || told.length > 0).toBe(true);
    for (const note of told) expect(note.place).toMatchObject({ file: 'compose.yaml', line: 6 });
  });

  it.each([
    ['services.web', 'services:\n  web:\n    image: a\n    KEY'],
    ['services.web.healthcheck', 'services:\n  web:\n    image: a\n    healthcheck:\n      KEY'],
    ['services.web.logging', 'services:\n  web:\n    image: a\n    logging:\n      KEY'],
    ['services.web.blkio_config', 'services:\n  web:\n    image: a\n    blkio_config:\n      KEY'],
    ['services.web.deploy', 'services:\n  web:\n    image: a\n    deploy:\n      KEY'],
    ['services.web.deploy.resources', 'services:\n  web:\n    image: a\n    deploy:\n      resources:\n        KEY'],
    [
      'services.web.deploy.resources.limits',
      'services:\n  web: { image: a, deploy: { resources: { limits: { KEY } } } }',
    ],
    ['services.web.deploy.update_config', 'services:\n  web: { image: a, deploy: { update_config: { KEY } } }'],
    ['services.web.deploy.restart_policy', 'services:\n  web: { image: a, deploy: { restart_policy: { KEY } } }'],
    ['services.web.ports[0]', 'services:\n  web:\n    image: a\n    ports:\n      - target: 1\n        KEY'],
    ['services.web.volumes[0]', 'services:\n  web:\n    image: a\n    volumes:\n      - target: /a\n        KEY'],
    [
      'services.web.volumes[0].bind',
      'services:\n  web: { image: a, volumes: [{ type: bind, source: /tmp, target: /a, bind: { KEY } }] }',
    ],
    ['services.web.networks.n', 'services:\n  web: { image: a, networks: { n: { KEY } } }\nnetworks: { n: }'],
    ['services.web.depends_on.o', 'services:\n  o: { image: a }\n  web: { image: a, depends_on: { o: { KEY } } }'],
    ['services.web.ulimits.nofile', 'services:\n  web: { image: a, ulimits: { nofile: { soft: 1, hard: 1, KEY } } }'],
    ['services.web.gpus[0]', 'services:\n  web: { image: a, gpus: [{ count: 1, KEY }] }'],
    ['services.web.env_file[0]', 'services:\n  web: { image: a, env_file: [{ path: a, required: false, KEY }] }'],
    ['networks.n', 'services:\n  web: { image: a, networks: [n] }\nnetworks:\n  n:\n    KEY'],
    ['networks.n.ipam', 'services:\n  web: { image: a, networks: [n] }\nnetworks: { n: { ipam: { KEY } } }'],
    [
      'networks.n.ipam.config[0]',
      'services:\n  web: { image: a, networks: [n] }\nnetworks: { n: { ipam: { config: [{ subnet: 10.0.0.0/8, KEY }] } } }',
    ],
    ['volumes.v', 'services:\n  web: { image: a, volumes: ["v:/v"] }\nvolumes:\n  v:\n    KEY'],
    ['include[0]', 'services: { web: { image: a } }\ninclude:\n  - path: compose.yaml.d\n    KEY'],
  ])('an unknown key in %s is listed with its place', async (where, text) => {
    const { notes, errors } = await converted({
      'compose.yaml': text.replace('KEY', 'unheard_of: 1'),
      'compose.yaml.d': 'services: {}',
    });
    expect(errors).toEqual([]);
    const lines = text.split('\n');
    const line = lines.findIndex((one) => one.includes('KEY')) + 1;
    const place = { file: 'compose.yaml', line, column: (lines[line - 1] ?? '').indexOf('KEY') + 1 };
    expect(notes).toContainEqual(expect.objectContaining({ key: `${where}.unheard_of`, place }));
  });

  it('at the top, too; extension fields are nobody’s', async () => {
    const { notes } = await converted(
      'version: "3.8"\nx-mine: 1\nservices: { web: { image: a, x-own: 1 } }\nmodels: { m: }\n',
    );
    expect(notes.map(({ key }) => key)).toEqual(['models']);
  });
});

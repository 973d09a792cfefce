import { describe, expect, it } from 'vitest';
import { isSensitive } from '../../src/compose/sensitive.ts';
import { converted } from './ground.ts';

const image = (name: string): string => `services: { web: { image: ${name} } }\n`;

describe('several files', () => {
  it('are laid over each other by the rules of Compose', async () => {
    const { descriptors, errors } = await converted(
      {
        'compose.yaml':
          'services:\n  web:\n    image: a\n    command: [one]\n    environment: [A=1, B=1]\n    ports: ["80:80"]\n    volumes: ["./a:/a", "./b:/b"]\n    labels: { x: "1" }\n    dns: [1.1.1.1]\n    depends_on: [one]\n  one: { image: a }\n  two: { image: a }\n',
        'prod.yaml':
          'services:\n  web:\n    image: b\n    command: [two]\n    environment: { B: 2, C: 3 }\n    ports: ["81:81"]\n    volumes: ["./other:/a:ro"]\n    labels: [y=2]\n    dns: [1.1.1.1, 8.8.8.8]\n    depends_on: { two: { condition: service_healthy } }\n',
      },
      { order: ['compose.yaml', 'prod.yaml'] },
    );
    expect(errors).toEqual([]);
    expect(descriptors.get('web.yaml')).toMatchObject({
      container: {
        image: 'b',
        command: ['two'],
        ports: ['80:80', '81:81'],
        labels: { x: '1', y: '2' },
        dns: ['1.1.1.1', '8.8.8.8'],
      },
      env: { A: '1', B: '2', C: '3' },
      volumes: [{ source: './b' }, { source: './other', path: '/a', readOnly: true }],
      dependencies: [
        { id: 'one', condition: 'started' },
        { id: 'two', condition: 'healthy' },
      ],
    });
  });

  it('!reset and !override', async () => {
    const { descriptors } = await converted(
      {
        'a.yaml': 'services: { web: { image: a, ports: ["1:1"], dns: [1.1.1.1], user: "1" } }\n',
        'b.yaml': 'services:\n  web:\n    ports: !reset []\n    dns: !override [8.8.8.8]\n    user: !reset null\n',
      },
      { order: ['a.yaml', 'b.yaml'] },
    );
    const { container } = descriptors.get('web.yaml') as { container: Record<string, unknown> };
    expect(container).toMatchObject({ dns: ['8.8.8.8'] });
    expect(Object.keys(container)).not.toContain('ports');
    expect(Object.keys(container)).not.toContain('user');
  });

  it('an override beside the only one is read, too', async () => {
    const files = { 'docker-compose.yml': image('a'), 'docker-compose.override.yml': image('b') };
    const { descriptors } = await converted(files);
    expect(descriptors.get('web.yaml')).toMatchObject({ container: { image: 'b' } });
  });

  it('extends within a file and of another one, whose paths start from where it is', async () => {
    const { descriptors, errors } = await converted({
      'compose.yaml':
        'services:\n  base: { image: a, environment: { A: 1, B: 1 } }\n  web: { extends: base, environment: { B: 2 } }\n  far: { extends: { file: sub/common.yaml, service: x }, command: y }\n',
      'sub/common.yaml':
        'services:\n  x: { extends: { service: z }, volumes: ["./data:/data"] }\n  z: { image: zed, restart: always }\n',
    });
    expect(errors).toEqual([]);
    expect(descriptors.get('web.yaml')).toMatchObject({ container: { image: 'a' }, env: { A: '1', B: '2' } });
    expect(descriptors.get('far.yaml')).toMatchObject({
      container: { image: 'zed', command: ['y'] },
      restart: { policy: 'always' },
      volumes: [{ source: './sub/data' }],
    });
  });

  it('include', async () => {
    const { descriptors, errors } = await converted({
      'compose.yaml':
        'include: [sub/db.yaml, { path: [cache.yaml] }]\nservices: { web: { image: a, depends_on: [db, cache] } }\n',
      'sub/db.yaml': 'services: { db: { image: d, volumes: ["./x:/x"] } }\n',
      'cache.yaml': 'include: [sub/db.yaml]\nservices: { cache: { image: c } }\n',
    });
    expect(errors).toEqual([]);
    expect([...descriptors.keys()].sort()).toEqual(['cache.yaml', 'db.yaml', 'web.yaml']);
    expect(descriptors.get('db.yaml')).toMatchObject({ volumes: [{ source: './sub/x' }] });
  });

  it('anchors, aliases and merge keys', async () => {
    const { descriptors, notes, errors } = await converted(
      'x-a: &a { init: true, user: "1" }\nx-b: &b { user: "2", tty: true }\nservices:\n  web: &web { <<: [*a, *b], image: a }\n  two: { <<: *web, image: b }\n',
    );
    expect(errors).toEqual([]);
    expect(notes).toEqual([]);
    expect(descriptors.get('web.yaml')).toMatchObject({ container: { init: true, user: '1', tty: true } });
    expect(descriptors.get('two.yaml')).toMatchObject({ container: { image: 'b', init: true, user: '1', tty: true } });
  });
});

describe('names', () => {
  it('of services become ids, each its own, and no file takes the place of pj.yaml', async () => {
    const { descriptors, errors } = await converted(
      'services: { _odd: { image: a, depends_on: [pj] }, pj: { image: b } }\n',
    );
    expect(errors).toEqual([]);
    expect([...descriptors.keys()]).toEqual(['odd.yaml', 'pj.service.yaml']);
    const two = await converted('services: { _odd: { image: a }, odd: { image: b } }\n');
    expect(two.errors).toMatchObject([{ code: 'PJ1074' }]);
  });

  it('of the project: COMPOSE_PROJECT_NAME, `name`, the folder', async () => {
    const text = 'name: ${NAME:-shop}\nservices: { web: { build: . } }\n';
    expect((await converted(text)).name).toBe('shop');
    expect((await converted(text, { env: { COMPOSE_PROJECT_NAME: 'other' } })).name).toBe('other');
    expect((await converted('services: { web: { image: a } }\n')).name).toMatch(/^pj-compose-/);
  });
});

describe('variables', () => {
  it('the environment holds over .env, and what was written is listed without its value', async () => {
    const { descriptors, notes } = await converted(
      { 'compose.yaml': image('"${A}:${B}-${C:-cc}${D}"'), '.env': 'A=dot\nB=dot' },
      { env: { B: 'own' } },
    );
    expect(descriptors.get('web.yaml')).toMatchObject({ container: { image: 'dot:own-cc' } });
    expect(notes.map(({ key, what }) => `${key} ${what}`)).toEqual([
      '${A} is written as .env sets it now',
      '${B} is written as the environment sets it now',
      '${C} is not set: its default is written',
      '${D} is not set, and is written as nothing',
    ]);
  });

  it.each([
    ['API_KEY', 'x', true],
    ['apiKey', 'x', true],
    ['POSTGRES_PASSWORD', 'x', true],
    ['MYSQL_PWD', 'x', true],
    ['DBPASSWORD', 'x', true],
    ['SECRET_KEY_BASE', 'x', true],
    ['SENTRY_DSN', 'x', true],
    ['REDISCLI_AUTH', 'x', true],
    ['GITHUB_TOKEN', 'x', true],
    ['PASSWORD_FILE', '/a', false],
    ['TLS_KEY', './certs/key.pem', false],
    ['TLS_KEY', '/etc/ssl/key.pem', false],
    ['TLS_KEY', '/8fJk2/a', true],
    ['POSTGRES_HOST_AUTH_METHOD', 'trust', false],
    ['TOKEN_TTL', '300', false],
    ['COMPASS_HOST', 'x', false],
    ['KEYCLOAK_HOST', 'x', false],
    ['SSH_PUBLIC_KEY', 'x', false],
    ['ALLOW_EMPTY_PASSWORD', 'yes', false],
    ['URL', 'https://host/path', false],
    ['URL', 'https://user:pw@host/path', true],
    ['URL', 'https://user:${secret.PW}@host/path', false],
    ['CONNECTION', 'Server=db;User=sa;Password=abc;', true],
    ['WHATEVER', '-----BEGIN RSA PRIVATE KEY-----', true],
    ['labels.users', 'admin:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/', true],
    ['WHATEVER', 'AKIAABCDEFGHIJKLMNOP', true],
  ])('%s=%s: sensitive is %s', (name, value, expected) => {
    expect(isSensitive(name, value)).toBe(expected);
  });
});

describe('what is wrong is told with its place', () => {
  it.each([
    ['broken YAML', 'services:\n  web: [\n', 'PJ1002', 2],
    ['a doubled key', 'services:\n  web: { image: a }\n  web: { image: b }\n', 'PJ1002', 3],
    ['no map', '- a\n', 'PJ1070', 1],
    ['no services', 'version: "3"\n', 'PJ1070', 1],
    ['services of another kind', 'services: [a]\n', 'PJ1074', 1],
    ['a service that is no map', 'services:\n  web: nginx\n', 'PJ1074', 2],
    ['neither image nor build', 'services:\n  web: { user: a }\n', 'PJ1074', 2],
    ['a required variable', 'services:\n  web: { image: "a:${TAG:?which}" }\n', 'PJ1071', 2],
    ['a variable that is none', 'services:\n  web: { image: "a:${TAG" }\n', 'PJ1074', 2],
    ['a number that is none', 'services:\n  web: { image: a, cpus: many }\n', 'PJ1074', 2],
    ['extends of nobody', 'services:\n  web: { image: a, extends: nobody }\n', 'PJ1074', 2],
    ['extends in a circle', 'services:\n  a: { image: a, extends: b }\n  b: { extends: a }\n', 'PJ1074', 2],
    ['a volume of nobody', 'services:\n  web: { image: a, volumes: ["v:/v"] }\n', 'PJ1073', 2],
    [
      'an alias bomb',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${[...'bcdefg'].map((n, i) => `${n}: &${n} [${Array(10).fill(`*${'abcdef'[i]}`).join(',')}]`).join('\n')}\nservices: {}\n`,
      'PJ1005',
      1,
    ],
  ])('%s', async (_, text, code, line) => {
    const { errors } = await converted(text);
    expect(errors[0]).toMatchObject({ code, places: [{ file: 'compose.yaml', line }] });
    expect(errors[0]?.frames).toHaveLength(1);
  });

  it('a file that is not there', async () => {
    const { errors } = await converted({ 'other.yaml': '' }, { order: ['compose.yaml'] });
    expect(errors).toMatchObject([{ code: 'PJ1001' }]);
  });

  it('all of it in one run', async () => {
    const { errors } = await converted('services:\n  a: { image: "${X?}", depends_on: [c] }\n  b: { cpus: x }\n');
    expect(errors.map(({ code }) => code)).toEqual(['PJ1071', 'PJ1072', 'PJ1074']);
  });
});

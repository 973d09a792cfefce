import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadPackages } from './guest/package.ts';
import { runTool } from './guest/run-tool.ts';
import { folder, PLACE } from './place.ts';
import type { Engines } from './record.ts';
import type { Step } from './step.ts';

/** Debian's Java: the program that is compiled with it is in `npm run build`, too. */
const JDK = 'openjdk-17-jdk-headless';

/** Unpacked only, as some of these would bring services, users and a second Java. */
const PACKAGES: readonly string[] = [
  ...['libjetty9-java', 'libservlet-api-java', 'libtomcat10-embed-java', 'libtomcat10-java', 'libh2-java'],
  ...['libhsqldb-java', 'libhsqldb1.8.0-java', 'libactivemq-java', 'libactivemq-protobuf-java', 'libhawtbuf-java'],
  ...['libgeronimo-jms-1.1-spec-java', 'libgeronimo-j2ee-management-1.1-spec-java', 'libgeronimo-jta-1.2-spec-java'],
  ...['libgeronimo-j2ee-connector-1.5-spec-java', 'libslf4j-java', 'libcommons-logging-java'],
  ...['libjackson2-core-java', 'libjackson2-annotations-java', 'libjackson2-databind-java'],
];

/** The jars of each program. HSQLDB is there twice: two versions of one library, with the same names of classes. */
const JARS: Record<Exclude<keyof Engines['java'], 'home'>, readonly string[]> = {
  jetty: ['jetty9-xml', 'jetty9-util', 'jetty9-server', 'jetty9-http', 'jetty9-io', 'servlet-api'],
  tomcat: ['tomcat10-embed-core', 'tomcat10-annotations-api'],
  h2: ['h2'],
  hsqldb1: ['hsqldb1.8.0'],
  hsqldb2: ['hsqldb'],
  activemq: [
    ...['activemq-broker', 'activemq-client', 'activemq-console', 'activemq-kahadb-store', 'activemq-openwire-legacy'],
    ...['activemq-jaas', 'activemq-protobuf', 'geronimo-jms_1.1_spec', 'geronimo-j2ee-management-1.1-spec'],
    ...['geronimo-jta-1.2-spec', 'geronimo-j2ee-connector-1.5-spec', 'hawtbuf', 'slf4j-api', 'slf4j-simple'],
    ...['commons-logging', 'jackson-core', 'jackson-annotations', 'jackson-databind'],
  ],
};

/** A JDK, and the jars of real programs that nobody here wrote. */
export const java: Step = {
  name: 'java',
  packages: [JDK],
  gives: ['java'],
  needs: [],
  daemons: [],
  async up() {
    const recipe = createHash('sha256')
      .update(readFileSync(import.meta.filename))
      .digest('hex')
      .slice(0, 12);
    const jars = join(folder('java'), recipe);
    if (!existsSync(jars)) await fetchJars(jars);
    const paths = Object.entries(JARS).map(([name, files]) => [
      name,
      files.map((file) => present(join(jars, `${file}.jar`))).join(':'),
    ]);
    return { java: { home: await homeOfJdk(), ...Object.fromEntries(paths) } as Engines['java'] };
  },
  down: async () => undefined,
};

/** Fills the folder `to`, which is there only when it is complete. */
async function fetchJars(to: string): Promise<void> {
  const work = mkdtempSync(join(PLACE, 'java-'));
  try {
    const files = join(work, 'files');
    mkdirSync(files);
    for (const deb of await downloadPackages(work, async () => [...PACKAGES]))
      await runTool('dpkg-deb', ['-x', deb, files], work, 60_000);
    renameSync(join(files, 'usr/share/java'), to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function present(jar: string): string {
  if (!existsSync(jar)) throw new Error(`${jar} is not in Debian's packages any more`);
  return jar;
}

/** The home of the javac that the package brought. */
async function homeOfJdk(): Promise<string> {
  const files = (await runTool('dpkg-query', ['-L', JDK], '/', 30_000)).split('\n');
  const javac = files.find((file) => file.endsWith('/bin/javac'));
  if (javac === undefined) throw new Error(`there is no javac in ${JDK}`);
  return dirname(dirname(realpathSync(javac)));
}

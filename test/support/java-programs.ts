import { join } from 'node:path';
import type { Engines } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';

/** A program that nobody here wrote, as a descriptor has it. */
export interface Program {
  /** Beside the descriptor, relative to the project. */
  files: Record<string, string>;
  java: { mainClass: string; classpath: string[]; args: string[] };
  /** System properties. */
  properties: Record<string, string>;
  healthCheck: Record<string, unknown>;
  /** The same program after a change that people make: another page, another page size, … */
  changed: { args?: string[]; properties?: Record<string, string> };
  /** Uses it as its clients do; what it said. */
  use(): Promise<string>;
}

export type ProgramName = 'jetty' | 'tomcat' | 'h2' | 'activemq';

/** Polls often, as tests wait for it. */
const PATIENT = { interval: '200ms', timeout: '5s', startPeriod: '90s' };

const JETTY_XML = `<?xml version="1.0"?>
<!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "http://www.eclipse.org/jetty/configure_9_3.dtd">
<Configure id="Server" class="org.eclipse.jetty.server.Server">
  <Call name="addConnector"><Arg><New class="org.eclipse.jetty.server.ServerConnector"><Arg><Ref refid="Server"/></Arg>
    <Set name="host">127.0.0.1</Set><Set name="port"><Property name="port"/></Set></New></Arg></Call>
  <Set name="handler"><New class="org.eclipse.jetty.server.handler.ResourceHandler">
    <Set name="resourceBase"><Property name="www"/></Set></New></Set>
  <Set name="stopAtShutdown">true</Set>
</Configure>
`;
const SERVER_XML = `<Server port="-1">
  <Service name="Catalina">
    <Connector address="127.0.0.1" port="\${http.port}" />
    <Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="\${pages}" autoDeploy="false"/></Engine>
  </Service>
</Server>
`;
const WEB_XML = `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
  <servlet><servlet-name>default</servlet-name><servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet>
  <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
  <welcome-file-list><welcome-file>index.html</welcome-file></welcome-file-list>
</web-app>
`;
/** Its own loader takes nothing from elsewhere: all is on the class path. */
const CATALINA = 'common.loader=\nserver.loader=\nshared.loader=\n';

/** Jetty, Tomcat, H2's server and ActiveMQ for a project in `dir`, each on its port. */
export function programs(
  have: Engines['java'],
  dir: string,
  ports: Record<ProgramName, number>,
): Record<ProgramName, Program> {
  const page = async (port: number): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/index.html`, { signal: AbortSignal.timeout(5_000) })).text();
  const client = (path: string, ...args: string[]) =>
    runTool(
      `${have.home}/bin/java`,
      ['-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.logFile=System.out', '-cp', path, ...args],
      '/',
      60_000,
    );
  const jetty = (www: string) => ['jetty/jetty.xml', `port=${ports.jetty}`, `www=${join(dir, www)}`].map(absolute(dir));
  const broker = (name: string) => [
    'start',
    `broker:(tcp://127.0.0.1:${ports.activemq})?useJmx=false&useShutdownHook=true&brokerName=${name}&dataDirectory=${dir}/queue`,
  ];
  const tomcat = { 'catalina.home': join(dir, 'tomcat'), 'catalina.base': join(dir, 'tomcat') };
  const h2 = ['-tcp', '-tcpPort', String(ports.h2), '-baseDir', join(dir, 'h2'), '-ifNotExists'];
  return {
    jetty: {
      files: {
        'jetty/jetty.xml': JETTY_XML,
        'jetty/www/index.html': 'jetty one',
        'jetty/other/index.html': 'jetty two',
      },
      java: {
        mainClass: 'org.eclipse.jetty.xml.XmlConfiguration',
        classpath: split(have.jetty),
        args: jetty('jetty/www'),
      },
      properties: {},
      healthCheck: { url: `http://127.0.0.1:${ports.jetty}/index.html`, ...PATIENT },
      changed: { args: jetty('jetty/other') },
      use: () => page(ports.jetty),
    },
    tomcat: {
      files: {
        'tomcat/conf/server.xml': SERVER_XML,
        'tomcat/conf/web.xml': WEB_XML,
        'tomcat/conf/catalina.properties': CATALINA,
        'tomcat/pages/ROOT/index.html': 'tomcat one',
        'tomcat/other/ROOT/index.html': 'tomcat two',
      },
      java: { mainClass: 'org.apache.catalina.startup.Bootstrap', classpath: split(have.tomcat), args: ['start'] },
      properties: { ...tomcat, 'http.port': String(ports.tomcat), pages: 'pages' },
      healthCheck: { url: `http://127.0.0.1:${ports.tomcat}/index.html`, ...PATIENT },
      changed: { properties: { ...tomcat, 'http.port': String(ports.tomcat), pages: 'other' } },
      use: () => page(ports.tomcat),
    },
    h2: {
      files: {},
      java: { mainClass: 'org.h2.tools.Server', classpath: split(have.h2), args: h2 },
      properties: {},
      healthCheck: { type: 'tcp', port: ports.h2, ...PATIENT },
      changed: { args: [...h2, '-trace'] },
      // One row more each time: what was written stays.
      use: () =>
        client(
          have.h2,
          ...[
            'org.h2.tools.Shell',
            '-url',
            `jdbc:h2:tcp://127.0.0.1:${ports.h2}/./shop`,
            '-user',
            'sa',
            '-password',
            '',
          ],
          ...['-sql', "create table if not exists t(a int); insert into t values (1); select 'rows', count(*) from t"],
        ),
    },
    activemq: {
      files: {},
      java: {
        mainClass: 'org.apache.activemq.console.command.ShellCommand',
        classpath: split(have.activemq),
        args: broker('one'),
      },
      properties: { 'activemq.home': dir, 'activemq.base': dir },
      healthCheck: { type: 'tcp', port: ports.activemq, ...PATIENT },
      changed: { args: broker('two') },
      use: () =>
        client(
          have.activemq,
          ...['org.apache.activemq.console.command.ShellCommand', 'producer', '--messageCount', '3'],
          ...['--brokerUrl', `tcp://127.0.0.1:${ports.activemq}`],
        ),
    },
  };
}

/** How each answers a client when it is as it was first described, and as changed. */
export const SAYS: Record<ProgramName, { first: RegExp; changed: RegExp }> = {
  jetty: { first: /^jetty one$/, changed: /^jetty two$/ },
  tomcat: { first: /^tomcat one$/, changed: /^tomcat two$/ },
  h2: { first: /rows\s*\|\s*1\b/, changed: /rows\s*\|\s*2\b/ },
  activemq: { first: /Produced: 3 messages/, changed: /Produced: 3 messages/ },
};

const split = (path: string): string[] => path.split(':');
const absolute =
  (dir: string) =>
  (word: string): string =>
    word === 'jetty/jetty.xml' ? join(dir, word) : word;

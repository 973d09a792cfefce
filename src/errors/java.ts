import { type Entry, entry } from './entry.ts';

/** Java applications and host JVMs: PJ56xx. */
export const JAVA_ERRORS = {
  PJ5601: entry(
    'no Java that {id} can use: {tried}',
    'Install one (`apt-get install openjdk-17-jre-headless`), or name its home (`java.home`, `jvm.home`, JAVA_HOME); `pj doctor` tells what is there.',
  ),
  PJ5602: entry(
    'the program of host JVMs is not there: {path}',
    'It is in the published package. In a checkout it is built where a JDK is: `apt-get install openjdk-17-jdk-headless`, then `npm run build`.',
  ),
  PJ5603: entry(
    'the JVM {host} does not answer: {reason}',
    'See `pj logs {host}`; `pj restart {host}` starts it anew, and every application in it.',
  ),
  PJ5604: entry(
    '{id} did not start in the JVM {host}: {reason}',
    'See `pj logs {id}`, mend it, then run `pj apply` again.',
  ),
  PJ5605: entry(
    '{id} does not end in the JVM {host}: {threads}',
    'A thread that ignores interrupts cannot be ended in a JVM that others share. `pj restart {host}` ends it, and every neighbour; with `java.jvm: own` it can be killed alone.',
  ),
  PJ5606: entry(
    'the JVM {host} refused to {action} {id}: {reason}',
    'Mend what it complains of, then run `pj apply` again.',
  ),
  PJ5607: entry(
    '{id} is deployed in the JVM {host} already, by another state (lineage {lineage})',
    'Two projects do not share a host JVM: run it from a folder of its own.',
  ),
  PJ5608: entry(
    'the class path of {id}: {reason}',
    'Build it, or correct `java.classpath`; paths are relative to the project.',
  ),
} satisfies Record<string, Entry>;

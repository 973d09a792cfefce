import { type Entry, entry } from './entry.ts';

/** Descriptors and the project file: PJ1xxx. */
export const DESCRIPTOR_ERRORS = {
  PJ1000: entry('{count} errors in the descriptors', 'Correct them one by one; each is told with its place.'),
  PJ1001: entry(
    '{file} cannot be read: {reason}',
    'Mend the file or its permissions, or leave it out with `exclude` in pj.yaml.',
  ),
  PJ1002: entry('this is not valid {format}: {what}', 'Correct the text at this place.'),
  PJ1003: entry('the key `{key}` stands twice in one map', 'Remove one of the two, or put what they hold together.'),
  PJ1004: entry(
    '{file} has {size} MiB, more than the {limit} MiB that are read of one file',
    'Split it, or leave it out with `exclude` in pj.yaml if it is no descriptor.',
  ),
  PJ1005: entry(
    'this document cannot be read: {reason}',
    'Write it without anchors that refer to each other over and over, and with less nesting.',
  ),
  PJ1006: entry('{what}', 'Write keys and values: `applicationId: web`.'),
  PJ1007: entry('there is no folder {dir}', 'Give the project with --dir, or make the folder; `pj init` fills it.'),
  PJ1010: entry(
    'unknown key `{key}` in {where}{suggestion}',
    'Correct or remove the key; the reference lists all keys.',
  ),
  PJ1011: entry('{where} lacks `{key}`', 'Add the key.'),
  PJ1012: entry('`{key}` must be {expected}, but is {value}', 'Correct the value.'),
  PJ1013: entry(
    'two kinds in one descriptor: `{key}` says {kind}, `{otherKey}` says {otherKind}',
    'Keep the keys of one kind, or make two descriptors of it.',
  ),
  PJ1014: entry(
    '`kind: {kind}` does not agree with `{key}`, which says {otherKind}',
    'Remove `kind`, or the keys of the other kind.',
  ),
  PJ1015: entry('`{key}` is {value}, but `{other}` says {otherValue}', 'Both name the same thing: remove one of them.'),
  PJ1016: entry(
    'this has no `native`, `container`, `vm` or `external` block, so it is a Java application, and those need a `mainClass`',
    'Add the block of its kind, or `mainClass` for a Java application.',
  ),
  PJ1017: entry(
    '`{key}` must be known before planning, but {template} is not',
    'Use a variable that is not sensitive, or write the value itself.',
  ),
  PJ1018: entry('{what} needs {needs}', 'Add what is missing.'),
  PJ1019: entry(
    '`{key}` holds {sources}, but everybody on the machine can read the words of a command line',
    'Give it to the program through `env` instead. What is not secret can be a variable that is not sensitive (PJ_VAR_name).',
  ),
  PJ1020: entry('{raw} cannot be read: {reason}', 'Write `$${` where a literal `${` is meant.'),
  PJ1021: entry(
    'there is no variable `{name}`{suggestion}',
    'Declare it under `variables` in pj.yaml, or correct the name.',
  ),
  PJ1022: entry(
    'there is no secret `{name}`{suggestion}',
    'Declare it under `secrets` in pj.yaml with its source (env, file or command), or correct the name.',
  ),
  PJ1023: entry(
    'the environment variable `{name}` is not set{suggestion}',
    'Set it, or give a default: ${env.NAME:-default}.',
  ),
  PJ1024: entry('there is no workload `{id}` to refer to{suggestion}', 'Correct the id, or add a descriptor for it.'),
  PJ1026: entry('{raw} names nothing{suggestion}', 'Use ${self.id}, ${self.name}, ${project.name} or ${index}.'),
  PJ1027: entry(
    '`{id}` is {replicas} workloads, {id}-0 to {id}-{last}: it is not clear which is meant',
    'Refer to one of the replicas.',
  ),
  PJ1028: entry(
    '`{id}` refers to itself: what it is given cannot depend on what it becomes',
    'Use ${self.id} for its id; write the value itself otherwise.',
  ),
  PJ1030: entry(
    'the variable `{name}` has no value',
    'Set it with --var NAME=VALUE, in a --var-file, as PJ_VAR_NAME, or give it a `default` in pj.yaml.',
  ),
  PJ1031: entry(
    'the variable `{name}` must be {type}, but {from} gives {value}',
    'Correct the value, or the `type` in pj.yaml.',
  ),
  PJ1032: entry(
    '{from} sets `{name}`, but pj.yaml declares no such variable{suggestion}',
    'Correct the name, or declare it under `variables` in pj.yaml.',
  ),
  PJ1040: entry(
    'the id `{id}` is taken',
    'Give one of the two another `applicationId`; replicas are called ID-0, ID-1, …',
  ),
  PJ1041: entry(
    '`{id}` depends on `{on}`, which is in no descriptor{suggestion}',
    'Correct the id, add a descriptor for it, or mark the dependency `optional: true`.',
  ),
  PJ1042: entry(
    'a cycle of dependencies: {cycle}',
    'Remove one of these dependencies: nothing in a cycle could start first.',
  ),
  PJ1043: entry(
    '`{id}` and `{other}` both take port {port} of this host',
    'Give one of them another port, or `desiredState: stopped`.',
  ),
  PJ1044: entry(
    '`{id}` waits for `{on}` to be completed, but {reason}',
    'Only something that runs to its end can be completed: a native workload, a Java application or a container with `type: job`.',
  ),
  PJ1045: entry(
    '`{id}` asks for {asked} of {resource}, but this host has {has}',
    'Ask for less, or run it on a larger host.',
  ),
  PJ1046: entry('`{id}` depends on `{on}` twice', 'Keep one of the two.'),
  PJ1047: entry(
    '`{id}` waits for `{on}` to be healthy, but that has no health check: it waits until it runs',
    'Give it a healthCheck, or use `condition: started`.',
  ),
  PJ1048: entry(
    'the {thing} `{name}` is used on two runtimes: `{id}` runs on {runtime}, others on {other}',
    'Engines share neither networks nor volumes: use one of each runtime, with names of their own.',
  ),
  PJ1049: entry(
    'the env file {path} cannot be used: {reason}',
    'Correct the path (relative to the project) or the file.',
  ),
  PJ1050: entry(
    '`{id}` cannot have the address {address} in the network `{network}`: {reason}',
    'Give the network a `subnet` and each of its users an address of its own in it, or leave the address out.',
  ),
  PJ1051: entry('pj.yaml contradicts itself or the descriptors: {what}', 'Correct `moved` or `forget`.'),
  PJ1052: entry(
    'there can be no JVM of the name `{name}`: {what}',
    '`java.jvm` is shared, own, or the name of a host JVM: a workload with a `jvm` block, or one that pj makes up. Give it another name.',
  ),
  PJ1060: entry(
    '{count} sensitive values cannot be had: {list}',
    'Set the environment variables, or mend the sources under `secrets` in pj.yaml.',
  ),
  PJ1061: entry(
    'the key of the digests cannot be used: {reason}',
    'PJ_DIGEST_KEY and .pj/key hold 64 hexadecimal digits; restore the key, or remove .pj/key (every sensitive value then shows as changed).',
  ),
  PJ1062: entry('sensitive value {name} was not resolved before it was used', 'This is a bug in pj. Please report it.'),
  PJ1070: entry('{file} is no Compose file: {what}', 'Give a file with `services:` in it.'),
  PJ1071: entry(
    'the variable `{name}` is required, but is not set{message}',
    'Set it in the environment or in .env beside the Compose file.',
  ),
  PJ1072: entry(
    '`{service}` depends on `{on}`, which is no service{suggestion}',
    'Correct the name, or add the service.',
  ),
  PJ1073: entry(
    'the {thing} `{name}` is not declared{suggestion}',
    'Correct the name, or declare it at the top of the Compose file.',
  ),
  PJ1074: entry(
    '`{key}` cannot be read: {reason}',
    'Correct the Compose file; `docker compose config` shows how Compose reads it.',
  ),
} satisfies Record<string, Entry>;

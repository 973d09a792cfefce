// pj 0.1.0 16881b3ce7eefd15
"use strict";
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf, __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: !0 });
}, __copyProps = (to, from, except, desc) => {
  if (from && typeof from == "object" || typeof from == "function")
    for (let key2 of __getOwnPropNames(from))
      !__hasOwnProp.call(to, key2) && key2 !== except && __defProp(to, key2, { get: () => from[key2], enumerable: !(desc = __getOwnPropDesc(from, key2)) || desc.enumerable });
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: !0 }) : target,
  mod
)), __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: !0 }), mod);

// lazy-builtin:child_process
var require_child_process = __commonJS({
  "lazy-builtin:child_process"(exports2) {
    var load = () => process.getBuiltinModule("node:child_process");
    Object.defineProperty(exports2, "ChildProcess", { enumerable: !0, get: () => load().ChildProcess });
    Object.defineProperty(exports2, "_forkChild", { enumerable: !0, get: () => load()._forkChild });
    Object.defineProperty(exports2, "exec", { enumerable: !0, get: () => load().exec });
    Object.defineProperty(exports2, "execFile", { enumerable: !0, get: () => load().execFile });
    Object.defineProperty(exports2, "execFileSync", { enumerable: !0, get: () => load().execFileSync });
    Object.defineProperty(exports2, "execSync", { enumerable: !0, get: () => load().execSync });
    Object.defineProperty(exports2, "fork", { enumerable: !0, get: () => load().fork });
    Object.defineProperty(exports2, "spawn", { enumerable: !0, get: () => load().spawn });
    Object.defineProperty(exports2, "spawnSync", { enumerable: !0, get: () => load().spawnSync });
  }
});

// lazy-builtin:timers/promises
var require_promises = __commonJS({
  "lazy-builtin:timers/promises"(exports2) {
    var load = () => process.getBuiltinModule("node:timers/promises");
    Object.defineProperty(exports2, "scheduler", { enumerable: !0, get: () => load().scheduler });
    Object.defineProperty(exports2, "setImmediate", { enumerable: !0, get: () => load().setImmediate });
    Object.defineProperty(exports2, "setInterval", { enumerable: !0, get: () => load().setInterval });
    Object.defineProperty(exports2, "setTimeout", { enumerable: !0, get: () => load().setTimeout });
  }
});

// lazy-builtin:os
var require_os = __commonJS({
  "lazy-builtin:os"(exports2) {
    var load = () => process.getBuiltinModule("node:os");
    Object.defineProperty(exports2, "EOL", { enumerable: !0, get: () => load().EOL });
    Object.defineProperty(exports2, "arch", { enumerable: !0, get: () => load().arch });
    Object.defineProperty(exports2, "availableParallelism", { enumerable: !0, get: () => load().availableParallelism });
    Object.defineProperty(exports2, "constants", { enumerable: !0, get: () => load().constants });
    Object.defineProperty(exports2, "cpus", { enumerable: !0, get: () => load().cpus });
    Object.defineProperty(exports2, "devNull", { enumerable: !0, get: () => load().devNull });
    Object.defineProperty(exports2, "endianness", { enumerable: !0, get: () => load().endianness });
    Object.defineProperty(exports2, "freemem", { enumerable: !0, get: () => load().freemem });
    Object.defineProperty(exports2, "getPriority", { enumerable: !0, get: () => load().getPriority });
    Object.defineProperty(exports2, "homedir", { enumerable: !0, get: () => load().homedir });
    Object.defineProperty(exports2, "hostname", { enumerable: !0, get: () => load().hostname });
    Object.defineProperty(exports2, "loadavg", { enumerable: !0, get: () => load().loadavg });
    Object.defineProperty(exports2, "machine", { enumerable: !0, get: () => load().machine });
    Object.defineProperty(exports2, "networkInterfaces", { enumerable: !0, get: () => load().networkInterfaces });
    Object.defineProperty(exports2, "platform", { enumerable: !0, get: () => load().platform });
    Object.defineProperty(exports2, "release", { enumerable: !0, get: () => load().release });
    Object.defineProperty(exports2, "setPriority", { enumerable: !0, get: () => load().setPriority });
    Object.defineProperty(exports2, "tmpdir", { enumerable: !0, get: () => load().tmpdir });
    Object.defineProperty(exports2, "totalmem", { enumerable: !0, get: () => load().totalmem });
    Object.defineProperty(exports2, "type", { enumerable: !0, get: () => load().type });
    Object.defineProperty(exports2, "uptime", { enumerable: !0, get: () => load().uptime });
    Object.defineProperty(exports2, "userInfo", { enumerable: !0, get: () => load().userInfo });
    Object.defineProperty(exports2, "version", { enumerable: !0, get: () => load().version });
  }
});

// lazy-builtin:crypto
var require_crypto = __commonJS({
  "lazy-builtin:crypto"(exports2) {
    var load = () => process.getBuiltinModule("node:crypto");
    Object.defineProperty(exports2, "Certificate", { enumerable: !0, get: () => load().Certificate });
    Object.defineProperty(exports2, "Cipher", { enumerable: !0, get: () => load().Cipher });
    Object.defineProperty(exports2, "Cipheriv", { enumerable: !0, get: () => load().Cipheriv });
    Object.defineProperty(exports2, "Decipher", { enumerable: !0, get: () => load().Decipher });
    Object.defineProperty(exports2, "Decipheriv", { enumerable: !0, get: () => load().Decipheriv });
    Object.defineProperty(exports2, "DiffieHellman", { enumerable: !0, get: () => load().DiffieHellman });
    Object.defineProperty(exports2, "DiffieHellmanGroup", { enumerable: !0, get: () => load().DiffieHellmanGroup });
    Object.defineProperty(exports2, "ECDH", { enumerable: !0, get: () => load().ECDH });
    Object.defineProperty(exports2, "Hash", { enumerable: !0, get: () => load().Hash });
    Object.defineProperty(exports2, "Hmac", { enumerable: !0, get: () => load().Hmac });
    Object.defineProperty(exports2, "KeyObject", { enumerable: !0, get: () => load().KeyObject });
    Object.defineProperty(exports2, "Sign", { enumerable: !0, get: () => load().Sign });
    Object.defineProperty(exports2, "Verify", { enumerable: !0, get: () => load().Verify });
    Object.defineProperty(exports2, "X509Certificate", { enumerable: !0, get: () => load().X509Certificate });
    Object.defineProperty(exports2, "checkPrime", { enumerable: !0, get: () => load().checkPrime });
    Object.defineProperty(exports2, "checkPrimeSync", { enumerable: !0, get: () => load().checkPrimeSync });
    Object.defineProperty(exports2, "constants", { enumerable: !0, get: () => load().constants });
    Object.defineProperty(exports2, "createCipheriv", { enumerable: !0, get: () => load().createCipheriv });
    Object.defineProperty(exports2, "createDecipheriv", { enumerable: !0, get: () => load().createDecipheriv });
    Object.defineProperty(exports2, "createDiffieHellman", { enumerable: !0, get: () => load().createDiffieHellman });
    Object.defineProperty(exports2, "createDiffieHellmanGroup", { enumerable: !0, get: () => load().createDiffieHellmanGroup });
    Object.defineProperty(exports2, "createECDH", { enumerable: !0, get: () => load().createECDH });
    Object.defineProperty(exports2, "createHash", { enumerable: !0, get: () => load().createHash });
    Object.defineProperty(exports2, "createHmac", { enumerable: !0, get: () => load().createHmac });
    Object.defineProperty(exports2, "createPrivateKey", { enumerable: !0, get: () => load().createPrivateKey });
    Object.defineProperty(exports2, "createPublicKey", { enumerable: !0, get: () => load().createPublicKey });
    Object.defineProperty(exports2, "createSecretKey", { enumerable: !0, get: () => load().createSecretKey });
    Object.defineProperty(exports2, "createSign", { enumerable: !0, get: () => load().createSign });
    Object.defineProperty(exports2, "createVerify", { enumerable: !0, get: () => load().createVerify });
    Object.defineProperty(exports2, "diffieHellman", { enumerable: !0, get: () => load().diffieHellman });
    Object.defineProperty(exports2, "generateKey", { enumerable: !0, get: () => load().generateKey });
    Object.defineProperty(exports2, "generateKeyPair", { enumerable: !0, get: () => load().generateKeyPair });
    Object.defineProperty(exports2, "generateKeyPairSync", { enumerable: !0, get: () => load().generateKeyPairSync });
    Object.defineProperty(exports2, "generateKeySync", { enumerable: !0, get: () => load().generateKeySync });
    Object.defineProperty(exports2, "generatePrime", { enumerable: !0, get: () => load().generatePrime });
    Object.defineProperty(exports2, "generatePrimeSync", { enumerable: !0, get: () => load().generatePrimeSync });
    Object.defineProperty(exports2, "getCipherInfo", { enumerable: !0, get: () => load().getCipherInfo });
    Object.defineProperty(exports2, "getCiphers", { enumerable: !0, get: () => load().getCiphers });
    Object.defineProperty(exports2, "getCurves", { enumerable: !0, get: () => load().getCurves });
    Object.defineProperty(exports2, "getDiffieHellman", { enumerable: !0, get: () => load().getDiffieHellman });
    Object.defineProperty(exports2, "getFips", { enumerable: !0, get: () => load().getFips });
    Object.defineProperty(exports2, "getHashes", { enumerable: !0, get: () => load().getHashes });
    Object.defineProperty(exports2, "getRandomValues", { enumerable: !0, get: () => load().getRandomValues });
    Object.defineProperty(exports2, "hash", { enumerable: !0, get: () => load().hash });
    Object.defineProperty(exports2, "hkdf", { enumerable: !0, get: () => load().hkdf });
    Object.defineProperty(exports2, "hkdfSync", { enumerable: !0, get: () => load().hkdfSync });
    Object.defineProperty(exports2, "pbkdf2", { enumerable: !0, get: () => load().pbkdf2 });
    Object.defineProperty(exports2, "pbkdf2Sync", { enumerable: !0, get: () => load().pbkdf2Sync });
    Object.defineProperty(exports2, "privateDecrypt", { enumerable: !0, get: () => load().privateDecrypt });
    Object.defineProperty(exports2, "privateEncrypt", { enumerable: !0, get: () => load().privateEncrypt });
    Object.defineProperty(exports2, "publicDecrypt", { enumerable: !0, get: () => load().publicDecrypt });
    Object.defineProperty(exports2, "publicEncrypt", { enumerable: !0, get: () => load().publicEncrypt });
    Object.defineProperty(exports2, "randomBytes", { enumerable: !0, get: () => load().randomBytes });
    Object.defineProperty(exports2, "randomFill", { enumerable: !0, get: () => load().randomFill });
    Object.defineProperty(exports2, "randomFillSync", { enumerable: !0, get: () => load().randomFillSync });
    Object.defineProperty(exports2, "randomInt", { enumerable: !0, get: () => load().randomInt });
    Object.defineProperty(exports2, "randomUUID", { enumerable: !0, get: () => load().randomUUID });
    Object.defineProperty(exports2, "scrypt", { enumerable: !0, get: () => load().scrypt });
    Object.defineProperty(exports2, "scryptSync", { enumerable: !0, get: () => load().scryptSync });
    Object.defineProperty(exports2, "secureHeapUsed", { enumerable: !0, get: () => load().secureHeapUsed });
    Object.defineProperty(exports2, "setEngine", { enumerable: !0, get: () => load().setEngine });
    Object.defineProperty(exports2, "setFips", { enumerable: !0, get: () => load().setFips });
    Object.defineProperty(exports2, "sign", { enumerable: !0, get: () => load().sign });
    Object.defineProperty(exports2, "subtle", { enumerable: !0, get: () => load().subtle });
    Object.defineProperty(exports2, "timingSafeEqual", { enumerable: !0, get: () => load().timingSafeEqual });
    Object.defineProperty(exports2, "verify", { enumerable: !0, get: () => load().verify });
    Object.defineProperty(exports2, "webcrypto", { enumerable: !0, get: () => load().webcrypto });
  }
});

// lazy-builtin:net
var require_net = __commonJS({
  "lazy-builtin:net"(exports2) {
    var load = () => process.getBuiltinModule("node:net");
    Object.defineProperty(exports2, "BlockList", { enumerable: !0, get: () => load().BlockList });
    Object.defineProperty(exports2, "Server", { enumerable: !0, get: () => load().Server });
    Object.defineProperty(exports2, "Socket", { enumerable: !0, get: () => load().Socket });
    Object.defineProperty(exports2, "SocketAddress", { enumerable: !0, get: () => load().SocketAddress });
    Object.defineProperty(exports2, "Stream", { enumerable: !0, get: () => load().Stream });
    Object.defineProperty(exports2, "_createServerHandle", { enumerable: !0, get: () => load()._createServerHandle });
    Object.defineProperty(exports2, "_normalizeArgs", { enumerable: !0, get: () => load()._normalizeArgs });
    Object.defineProperty(exports2, "_setSimultaneousAccepts", { enumerable: !0, get: () => load()._setSimultaneousAccepts });
    Object.defineProperty(exports2, "connect", { enumerable: !0, get: () => load().connect });
    Object.defineProperty(exports2, "createConnection", { enumerable: !0, get: () => load().createConnection });
    Object.defineProperty(exports2, "createServer", { enumerable: !0, get: () => load().createServer });
    Object.defineProperty(exports2, "getDefaultAutoSelectFamily", { enumerable: !0, get: () => load().getDefaultAutoSelectFamily });
    Object.defineProperty(exports2, "getDefaultAutoSelectFamilyAttemptTimeout", { enumerable: !0, get: () => load().getDefaultAutoSelectFamilyAttemptTimeout });
    Object.defineProperty(exports2, "isIP", { enumerable: !0, get: () => load().isIP });
    Object.defineProperty(exports2, "isIPv4", { enumerable: !0, get: () => load().isIPv4 });
    Object.defineProperty(exports2, "isIPv6", { enumerable: !0, get: () => load().isIPv6 });
    Object.defineProperty(exports2, "setDefaultAutoSelectFamily", { enumerable: !0, get: () => load().setDefaultAutoSelectFamily });
    Object.defineProperty(exports2, "setDefaultAutoSelectFamilyAttemptTimeout", { enumerable: !0, get: () => load().setDefaultAutoSelectFamilyAttemptTimeout });
  }
});

// lazy-builtin:fs/promises
var require_promises2 = __commonJS({
  "lazy-builtin:fs/promises"(exports2) {
    var load = () => process.getBuiltinModule("node:fs/promises");
    Object.defineProperty(exports2, "access", { enumerable: !0, get: () => load().access });
    Object.defineProperty(exports2, "appendFile", { enumerable: !0, get: () => load().appendFile });
    Object.defineProperty(exports2, "chmod", { enumerable: !0, get: () => load().chmod });
    Object.defineProperty(exports2, "chown", { enumerable: !0, get: () => load().chown });
    Object.defineProperty(exports2, "constants", { enumerable: !0, get: () => load().constants });
    Object.defineProperty(exports2, "copyFile", { enumerable: !0, get: () => load().copyFile });
    Object.defineProperty(exports2, "cp", { enumerable: !0, get: () => load().cp });
    Object.defineProperty(exports2, "lchmod", { enumerable: !0, get: () => load().lchmod });
    Object.defineProperty(exports2, "lchown", { enumerable: !0, get: () => load().lchown });
    Object.defineProperty(exports2, "link", { enumerable: !0, get: () => load().link });
    Object.defineProperty(exports2, "lstat", { enumerable: !0, get: () => load().lstat });
    Object.defineProperty(exports2, "lutimes", { enumerable: !0, get: () => load().lutimes });
    Object.defineProperty(exports2, "mkdir", { enumerable: !0, get: () => load().mkdir });
    Object.defineProperty(exports2, "mkdtemp", { enumerable: !0, get: () => load().mkdtemp });
    Object.defineProperty(exports2, "open", { enumerable: !0, get: () => load().open });
    Object.defineProperty(exports2, "opendir", { enumerable: !0, get: () => load().opendir });
    Object.defineProperty(exports2, "readFile", { enumerable: !0, get: () => load().readFile });
    Object.defineProperty(exports2, "readdir", { enumerable: !0, get: () => load().readdir });
    Object.defineProperty(exports2, "readlink", { enumerable: !0, get: () => load().readlink });
    Object.defineProperty(exports2, "realpath", { enumerable: !0, get: () => load().realpath });
    Object.defineProperty(exports2, "rename", { enumerable: !0, get: () => load().rename });
    Object.defineProperty(exports2, "rm", { enumerable: !0, get: () => load().rm });
    Object.defineProperty(exports2, "rmdir", { enumerable: !0, get: () => load().rmdir });
    Object.defineProperty(exports2, "stat", { enumerable: !0, get: () => load().stat });
    Object.defineProperty(exports2, "statfs", { enumerable: !0, get: () => load().statfs });
    Object.defineProperty(exports2, "symlink", { enumerable: !0, get: () => load().symlink });
    Object.defineProperty(exports2, "truncate", { enumerable: !0, get: () => load().truncate });
    Object.defineProperty(exports2, "unlink", { enumerable: !0, get: () => load().unlink });
    Object.defineProperty(exports2, "utimes", { enumerable: !0, get: () => load().utimes });
    Object.defineProperty(exports2, "watch", { enumerable: !0, get: () => load().watch });
    Object.defineProperty(exports2, "writeFile", { enumerable: !0, get: () => load().writeFile });
  }
});

// src/agent/main.ts
var main_exports = {};
__export(main_exports, {
  EXIT_TAKEN: () => EXIT_TAKEN
});
module.exports = __toCommonJS(main_exports);
var import_node_fs27 = require("node:fs"), import_node_process2 = __toESM(require("node:process"), 1), import_node_util = require("node:util");

// src/os/cgroup.ts
var import_node_fs6 = require("node:fs"), import_node_path4 = require("node:path");

// src/errors.ts
var EXIT = {
  ok: 0,
  error: 1,
  changes: 2,
  declined: 3,
  partial: 4,
  refused: 5,
  locked: 6,
  stale: 7,
  usage: 64,
  interrupted: 130,
  terminated: 143
}, entry = (message, hint, exit = EXIT.error) => ({ message, hint, exit }), ERRORS = {
  PJ1000: entry("{count} errors in the descriptors", "Correct them one by one; each is told with its place."),
  PJ1001: entry(
    "{file} cannot be read: {reason}",
    "Mend the file or its permissions, or leave it out with `exclude` in pj.yaml."
  ),
  PJ1002: entry("this is not valid {format}: {what}", "Correct the text at this place."),
  PJ1003: entry("the key `{key}` stands twice in one map", "Remove one of the two, or put what they hold together."),
  PJ1004: entry(
    "{file} has {size} MiB, more than the {limit} MiB that are read of one file",
    "Split it, or leave it out with `exclude` in pj.yaml if it is no descriptor."
  ),
  PJ1005: entry(
    "this document cannot be read: {reason}",
    "Write it without anchors that refer to each other over and over, and with less nesting."
  ),
  PJ1006: entry("{what}", "Write keys and values: `applicationId: web`."),
  PJ1007: entry("there is no folder {dir}", "Give the project with --dir, or make the folder; `pj init` fills it."),
  PJ1010: entry(
    "unknown key `{key}` in {where}{suggestion}",
    "Correct or remove the key; the reference lists all keys."
  ),
  PJ1011: entry("{where} lacks `{key}`", "Add the key."),
  PJ1012: entry("`{key}` must be {expected}, but is {value}", "Correct the value."),
  PJ1013: entry(
    "two kinds in one descriptor: `{key}` says {kind}, `{otherKey}` says {otherKind}",
    "Keep the keys of one kind, or make two descriptors of it."
  ),
  PJ1014: entry(
    "`kind: {kind}` does not agree with `{key}`, which says {otherKind}",
    "Remove `kind`, or the keys of the other kind."
  ),
  PJ1015: entry("`{key}` is {value}, but `{other}` says {otherValue}", "Both name the same thing: remove one of them."),
  PJ1016: entry(
    "this has no `native`, `container`, `vm` or `external` block, so it is a Java application, and those need a `mainClass`",
    "Add the block of its kind, or `mainClass` for a Java application."
  ),
  PJ1017: entry(
    "`{key}` must be known before planning, but {template} is not",
    "Use a variable that is not sensitive, or write the value itself."
  ),
  PJ1018: entry("{what} needs {needs}", "Add what is missing."),
  PJ1020: entry("{raw} cannot be read: {reason}", "Write `$${` where a literal `${` is meant."),
  PJ1021: entry(
    "there is no variable `{name}`{suggestion}",
    "Declare it under `variables` in pj.yaml, or correct the name."
  ),
  PJ1022: entry(
    "there is no secret `{name}`{suggestion}",
    "Declare it under `secrets` in pj.yaml with its source (env, file or command), or correct the name."
  ),
  PJ1023: entry(
    "the environment variable `{name}` is not set{suggestion}",
    "Set it, or give a default: ${env.NAME:-default}."
  ),
  PJ1024: entry("there is no workload `{id}` to refer to{suggestion}", "Correct the id, or add a descriptor for it."),
  PJ1026: entry("{raw} names nothing{suggestion}", "Use ${self.id}, ${self.name}, ${project.name} or ${index}."),
  PJ1027: entry(
    "`{id}` is {replicas} workloads, {id}-0 to {id}-{last}: it is not clear which is meant",
    "Refer to one of the replicas."
  ),
  PJ1028: entry(
    "`{id}` refers to itself: what it is given cannot depend on what it becomes",
    "Use ${self.id} for its id; write the value itself otherwise."
  ),
  PJ1030: entry(
    "the variable `{name}` has no value",
    "Set it with --var NAME=VALUE, in a --var-file, as PJ_VAR_NAME, or give it a `default` in pj.yaml."
  ),
  PJ1031: entry(
    "the variable `{name}` must be {type}, but {from} gives {value}",
    "Correct the value, or the `type` in pj.yaml."
  ),
  PJ1032: entry(
    "{from} sets `{name}`, but pj.yaml declares no such variable{suggestion}",
    "Correct the name, or declare it under `variables` in pj.yaml."
  ),
  PJ1040: entry(
    "the id `{id}` is taken",
    "Give one of the two another `applicationId`; replicas are called ID-0, ID-1, \u2026"
  ),
  PJ1041: entry(
    "`{id}` depends on `{on}`, which is in no descriptor{suggestion}",
    "Correct the id, add a descriptor for it, or mark the dependency `optional: true`."
  ),
  PJ1042: entry(
    "a cycle of dependencies: {cycle}",
    "Remove one of these dependencies: nothing in a cycle could start first."
  ),
  PJ1043: entry(
    "`{id}` and `{other}` both take port {port} of this host",
    "Give one of them another port, or `desiredState: stopped`."
  ),
  PJ1044: entry(
    "`{id}` waits for `{on}` to be completed, but {reason}",
    "Only something that runs to its end can be completed: a native workload with `type: job`."
  ),
  PJ1045: entry(
    "`{id}` asks for {asked} of {resource}, but this host has {has}",
    "Ask for less, or run it on a larger host."
  ),
  PJ1046: entry("`{id}` depends on `{on}` twice", "Keep one of the two."),
  PJ1047: entry(
    "`{id}` waits for `{on}` to be healthy, but that has no health check: it waits until it runs",
    "Give it a healthCheck, or use `condition: started`."
  ),
  PJ1051: entry("pj.yaml contradicts itself or the descriptors: {what}", "Correct `moved` or `forget`."),
  PJ1060: entry(
    "{count} sensitive values cannot be had: {list}",
    "Set the environment variables, or mend the sources under `secrets` in pj.yaml."
  ),
  PJ1061: entry(
    "the key of the digests cannot be used: {reason}",
    "PJ_DIGEST_KEY and .pj/key hold 64 hexadecimal digits; restore the key, or remove .pj/key (every sensitive value then shows as changed)."
  ),
  PJ1062: entry("sensitive value {name} was not resolved before it was used", "This is a bug in pj. Please report it."),
  PJ2001: entry("the dependencies go round in a circle: {cycle}", "Take one of these dependencies out."),
  PJ2002: entry(
    "{option} names {id}, which is neither in the project nor in the state",
    "`pj state list` and `pj validate` show what there is.",
    EXIT.usage
  ),
  PJ2003: entry(
    "cannot move {from} to {to}: the state holds both",
    "Take the entry out of moved: in pj.yaml, or `pj state rm` the one that is outdated."
  ),
  PJ2004: entry(
    "moved: says that {from} is now {to}, but there is still a descriptor for {from}",
    "Rename the descriptor too, or take the entry out of moved: in pj.yaml."
  ),
  PJ2005: entry("moved: in pj.yaml contradicts itself at {id}: {reason}", "Leave one entry for each rename."),
  PJ2006: entry(
    "forget: names {id}, but there is still a descriptor for it",
    "Delete its descriptor, or take it out of forget: in pj.yaml."
  ),
  PJ2007: entry(
    "{id} depends on {dependency}, which is not in the project",
    "Add a descriptor for it, or take the dependency out, or make it `optional: true`."
  ),
  PJ2008: entry(
    "{id} cannot be paused: its provider {provider} has no pause",
    "Use `desiredState: stopped` (`pj stop`) instead."
  ),
  PJ2009: entry("{id} is not deployed yet, so it cannot be asked to {command}", "Run `pj apply` first."),
  PJ2010: entry("the plan contradicts itself: {reason}", "Nothing was done. Plan again."),
  PJ2011: entry("{id} is both a target and excluded", "Name it in one of them only.", EXIT.usage),
  PJ2012: entry("two workloads are called {id}", "Give each its own applicationId."),
  PJ2020: entry(
    "{id} must not be destroyed: its lifecycle has preventDestroy, and the plan would {action} it",
    "Set lifecycle.preventDestroy to false (for a deleted descriptor: put it back with false and apply once), or leave the workload out with --exclude.",
    EXIT.refused
  ),
  PJ2021: entry(
    "this would destroy data of {id} for good: {data}",
    "Say --allow-data-loss when that is meant, or leave --destroy-volumes out.",
    EXIT.refused
  ),
  PJ2022: entry(
    "{id} is held back: {because}",
    "It follows by itself once what holds it back is mended.",
    EXIT.refused
  ),
  PJ2030: entry(
    "{id} is replaced the ordinary way in spite of createBeforeDestroy: {because}",
    "It is down between its destroy and its start."
  ),
  PJ2031: entry("{id} is held back: {because}", "It follows with the next apply once what it depends on can be there."),
  PJ2032: entry(
    "{id} depends with `restart: true` on {dependency}, which {what}, but is not restarted: {because}",
    "Restart it afterwards with `pj restart`."
  ),
  PJ2033: entry(
    "{id} is stopped while workloads that depend on it run on: {dependents}",
    "With --cascade they are stopped too."
  ),
  PJ2034: entry(
    "{id} refers to ${workload.{dependency}.{attribute}}, but {dependency} has no such attribute (it has: {known})",
    "Name one of those, or declare what it should have (its ports, say)."
  ),
  PJ2035: entry("{id} is left as it is: {because}", "`pj status` shows how it is now."),
  PJ2036: entry(
    "{id} is not {action}: {because}",
    "It goes with the next apply in which nothing that depends on it stays."
  ),
  PJ2037: entry(
    "--target and --exclude narrow this plan down: what it leaves out is not compared to the descriptors",
    "Meant for exceptions. Run `pj plan` without them afterwards."
  ),
  PJ3001: entry(
    "the state {path} is of format version {version}; this pj ({pjVersion}) knows up to {known}",
    "Use the pj that wrote it, or a newer one. Nothing was changed."
  ),
  PJ3002: entry(
    "the state {path} cannot be read as a state: {reason}",
    "It was not overwritten. Put a backup in its place, or mend it."
  ),
  PJ3003: entry(
    "the state {path} was changed by something other than pj: its checksum does not match",
    "It was not overwritten. Put a backup in its place; to keep a change made by hand, use `pj state push`."
  ),
  PJ3004: entry(
    "the state {path} contradicts itself: {reason}",
    "It was not overwritten. Put a backup in its place, or mend it with `pj state push`."
  ),
  PJ3005: entry(
    "{path} belongs to another state: its lineage is {found}, the lineage here is {expected}",
    "Use the file of this project. Nothing was changed."
  ),
  PJ3006: entry(
    "line {line} of the journal {path} is damaged ({reason}), though lines after it are whole",
    "A disk fault or an edit by hand. The journal was left as it is: keep a copy, then remove that line and those after it; what they said is looked up in the engines where it can be."
  ),
  PJ3007: entry(
    "the journal {path} goes on from serial {base}, but the state is at serial {serial}",
    "The state was put back or replaced while the journal held more. Put the state of serial {base} back, or move the journal away to give up what it says."
  ),
  PJ3008: entry(
    "the state {path} is gone, though there {what}",
    "It was not made anew, since everything it knew would be made twice. Put a backup back; to begin anew, move the whole .pj folder away."
  ),
  PJ3010: entry(
    "the state is locked by {holder} for `{operation}` since {since}",
    "Wait for it, or give --lock-timeout SECONDS.",
    EXIT.locked
  ),
  PJ3011: entry(
    "the lock of this run was taken away (`pj state unlock`?): {what}",
    "What was done stands in the engines. Run `pj plan` when the other run has ended.",
    EXIT.locked
  ),
  PJ3012: entry(
    "there is no lock {id}: {what}",
    "Nothing was removed. `pj state unlock` needs the id that the message about the lock tells."
  ),
  PJ3013: entry(
    "interrupted while waiting for the lock that {holder} holds since {since}",
    "Nothing was done. Run the command again.",
    EXIT.interrupted
  ),
  PJ3020: entry(
    "no space left to write {path}",
    "Free some space and run the command again: it carries on from what is recorded. The step that could not be recorded was not started."
  ),
  PJ3021: entry(
    "cannot {what} {path}: {reason}",
    "Check the disk and the permissions of the folder, then run the command again: it carries on from what is recorded."
  ),
  PJ3030: entry("{path} is not a saved plan: {reason}", "Give a file that `pj plan --out FILE` wrote."),
  PJ3031: entry(
    "the plan {path} is of format version {version}; this pj knows up to {known}",
    "Use the pj that made the plan, or plan again with this one."
  ),
  PJ3032: entry(
    "the plan {path} was changed after it was saved: its digest does not match",
    "Nothing was done. Plan again and save it anew.",
    EXIT.refused
  ),
  PJ3033: entry("the plan {path} is cut short or is not JSON: {reason}", "Copy the file again, or plan again."),
  PJ3040: entry("{step} was interrupted: {detail}", "The next `pj apply` cleans up and carries on."),
  PJ3041: entry(
    "whether `{step}` happened before the last run was killed cannot be told now: {reason}",
    "It is looked up again by the next command; nothing was forgotten. Make the engine reachable (`pj doctor`) and run it again."
  ),
  PJ3050: entry("there is no workload {id} in the state", "`pj state list` shows what there is."),
  PJ3051: entry(
    "cannot rename {from} to {to}: the state already has a workload {to}",
    "Choose another name, or `pj state rm` the other one first."
  ),
  PJ3052: entry(
    "{id} has a step that was interrupted (`{step}`) and is not settled yet",
    "Run `pj apply` first: it settles it."
  ),
  PJ3053: entry(
    "the state given has serial {given}, the state here serial {serial}: {what}",
    "Pull again and repeat your change, or push with --force. Nothing was changed.",
    EXIT.refused
  ),
  PJ3054: entry(
    "the state given has lineage {given}, the state here {lineage}",
    "It is the state of another project. With --force it replaces the one here. Nothing was changed.",
    EXIT.refused
  ),
  PJ3055: entry("what was given is not a state: {reason}", "Give what `pj state pull` printed. Nothing was changed."),
  PJ5060: entry(
    "the cgroup {path} cannot be made: {reason}",
    "Run pj as root, or in a delegated cgroup; `pj doctor` says which limits this host can hold."
  ),
  PJ5061: entry("{tool} is needed for {what}, but is not installed", "Install it: apt-get install {package}"),
  PJ5062: entry("{what} cannot be started as asked: {reason}", "Correct the descriptor, then apply again."),
  PJ5063: entry(
    "the cgroup {path} still has {count} processes after {seconds} s",
    "Look what they wait for (`ps -o pid,stat,wchan,cmd`); a process in state D cannot be killed before its device answers."
  ),
  PJ5070: entry("{command} cannot be run: {reason}", "Check that the program exists and that you may run it."),
  PJ5071: entry("the file {path} cannot be written: {reason}", "Check free space and permissions of its folder."),
  PJ5080: entry(
    "the log {path} cannot be rotated: {reason}",
    "Check free space and permissions of its folder; the log goes on growing until then."
  ),
  PJ5081: entry("the log {path} cannot be read: {reason}", "Check the permissions of the file."),
  PJ5201: entry("the agent did not come up within {seconds} s: {why}", "Look into {log}, or run `pj doctor`."),
  PJ5202: entry(
    "{path} cannot be used for the agent: {problem}",
    "Remove it if it is yours, or point XDG_RUNTIME_DIR (or TMPDIR) at a folder that only you can write to."
  ),
  PJ5203: entry("the agent program {path} is not there", "Install pj again, or build it (`npm run build`)."),
  PJ5204: entry(
    "the running agent is of another pj: it speaks protocol {theirs}, this pj speaks protocol {ours}",
    "Run `pj agent stop` and this command again. Workloads run on meanwhile."
  ),
  PJ5205: entry(
    "the connection to the agent broke during {method}",
    "The agent has ended or was killed; workloads run on. Run the command again: it starts a new agent, which takes them back."
  ),
  PJ5206: entry(
    "the agent did not answer {method} within {seconds} s",
    "See `.pj/logs/agent.log`. `pj agent stop` ends the agent and leaves workloads running."
  ),
  PJ5207: entry(
    "the agent of {project} belongs to uid {uid}",
    "Run pj as that user, or let that user run `pj agent stop`.",
    EXIT.refused
  ),
  PJ5208: entry("the agent does not know the call {method}", "Run `pj agent stop` and this command again."),
  PJ5209: entry(
    "{path} could not be written: {reason}",
    "Free some space or mend the permissions; nothing was started."
  ),
  PJ5210: entry(
    "the agent refused the call {method}: {reason}",
    "This pj and the agent do not agree; run `pj agent stop` and this command again."
  ),
  PJ5301: entry(
    "{id} could not be started: {reason}",
    "Mend what is said above and run `pj apply` again; `pj logs {id}` shows what it wrote."
  ),
  PJ5302: entry(
    "secret {name} is not available here: run pj apply",
    "The agent keeps secrets in memory only and was restarted since; `pj apply` gives them to it again."
  ),
  PJ5303: entry(
    "{id} could not be stopped: {reason}",
    "Look at the process with `ps`; a process in state D waits for the kernel and cannot be killed."
  ),
  PJ5304: entry("the agent has no workload {id}", "Run `pj plan`: it shows what is there and what is not."),
  PJ5305: entry(
    "process {pid} cannot be taken over as {id}: {reason}",
    "Give the pid of a running process that is yours and that pj does not run already."
  ),
  PJ5306: entry(
    "the limits of {id} could not be set: {reason}",
    "A limit below what it uses now cannot be set while it runs: choose a higher one, or restart it."
  ),
  PJ5307: entry("volume {volume} of {id}: {reason}", "Mend the path in the descriptor, or what stands at that place."),
  PJ4001: entry(
    "the plan cannot be executed: {what}",
    "The plan is damaged or was made by another version. Make a new one: pj plan."
  ),
  PJ4002: entry(
    "{workload}: the value of {sources} is not the one that {reference} was made with",
    "The value changed in the meantime. Make a new plan with the value as it is now: pj plan.",
    EXIT.stale
  ),
  PJ4003: entry(
    "{workload}: {expression} has no value: {reason}",
    "Check that the workload that it names runs and has this attribute: pj state show ID."
  ),
  PJ4004: entry(
    "{workload} did not become healthy: {reason}",
    "See what it says with pj logs ID. It was left running: pj apply waits for it again, pj apply --replace ID makes it anew."
  ),
  PJ4005: entry(
    "{workload} ended while pj waited for it to become healthy: {detail}",
    "See what it said with pj logs ID."
  ),
  PJ4006: entry(
    "{action} of {workload} did not end within {seconds} s, last heard: {progress}",
    "Check the engine that runs it (pj doctor), then run pj apply again: it finds out how far this came."
  ),
  PJ4007: entry(
    "{action} of {workload} was interrupted while it ran",
    "The journal keeps it: the next pj command finds out how far it came and carries on from there.",
    EXIT.interrupted
  ),
  PJ4008: entry("{workload} did not run to its end: {detail}", "See what it said with pj logs ID."),
  PJ4009: entry("provider {provider} cannot {action} {workload}", "Set desiredState to running or stopped."),
  PJ4010: entry(
    "the plan was made with another digest key ({plan}) than this project has ({here}), so its sensitive values cannot be verified",
    "Make a new plan in this checkout: pj plan.",
    EXIT.stale
  ),
  PJ4011: entry(
    "{workload} cannot {action}: the state has no such instance",
    "Somebody else may have changed the state. Make a new plan: pj plan.",
    EXIT.stale
  ),
  PJ4012: entry(
    "step {step} could not be written to the journal, so no other step is started: {reason}",
    "Free the disk or mend what the reason names, then run pj apply again."
  ),
  PJ4013: entry("parallelism must be a whole number from 1, not {given}", "Give --parallelism 10, say."),
  PJ4014: entry("{workload} cannot go from {from} to {to}", "Run pj plan again: it compares with what really runs."),
  PJ4015: entry(
    "{workload} was destroyed, but an older instance of it is still there",
    "Run pj apply: it removes the older one, or makes the workload anew."
  ),
  PJ4016: entry(
    "provider {provider} failed to {action} {workload}: {reason}",
    "Check the engine that runs it (pj doctor), then run pj apply again."
  ),
  PJ5050: entry(
    "{plural} are not supported by this version of pj: it can run native processes and refer to external services",
    "Remove the descriptor, exclude it (pj plan --exclude ID), or use a version of pj whose pj doctor lists this kind."
  ),
  PJ5051: entry(
    "there is no provider {name}",
    "The state or the plan was made by a version of pj that has it: use that one."
  ),
  PJ6001: entry("there is no command `pj {command}`", "`pj --help` lists the commands.", EXIT.usage),
  PJ6002: entry("`pj {command}` has no flag {flag}", "`pj {command} --help` lists its flags.", EXIT.usage),
  PJ6003: entry("`pj {command}` needs {args}", "`pj {command} --help` shows how it is called.", EXIT.usage),
  PJ6004: entry(
    "`pj {command}` takes no further argument: {args}",
    "`pj {command} --help` shows how it is called.",
    EXIT.usage
  ),
  PJ6005: entry("wrong use of `pj {command}`: {what}", "`pj {command} --help` shows how it is called.", EXIT.usage),
  PJ6006: entry(
    "a saved plan is applied exactly as it is, so {flags} cannot be honoured",
    "Give these to `pj plan --out FILE`, then apply that file.",
    EXIT.usage
  ),
  PJ6007: entry(
    "{command} needs approval, and there is nobody to ask: {why}",
    "Say --auto-approve, or apply a plan that was saved with `pj plan --out FILE` and reviewed.",
    EXIT.usage
  ),
  PJ6008: entry(
    "{flag} {text}: not a duration",
    "Give seconds (`30`) or a number with a unit: 500ms, 30s, 5m, 1h.",
    EXIT.usage
  ),
  PJ6009: entry(
    "--var {text}: not NAME=VALUE",
    "Write --var port=8080. Sensitive values belong into the environment (PJ_VAR_NAME) or a file (--var-file), where `ps` does not show them.",
    EXIT.usage
  ),
  PJ6010: entry("{path} cannot be written: {reason}", "Check that its folder exists and that you may write there."),
  PJ6011: entry(
    "there is nothing to explain under {topic}{near}",
    "Give an error code (PJ1203) or a key of a descriptor (native.restart). docs/reference lists all.",
    EXIT.usage
  ),
  PJ6012: entry(
    "{flag} {text}: not a moment",
    "Give an ISO date (2026-11-22T10:00:00Z) or how long ago: 30s, 5m, 2h.",
    EXIT.usage
  ),
  PJ6013: entry("{path} cannot be read: {reason}", "Check the path and the permissions."),
  PJ6014: entry(
    "the output could not be written: {reason}",
    "What the command did stands; only its output is incomplete."
  ),
  PJ2090: entry(
    "the plan is refused: {what}",
    "Take the guard away in the descriptor and apply that first, or leave the workload out with --exclude.",
    EXIT.refused
  ),
  PJ2091: entry("the saved plan is stale: {reasons}", "Make a new plan and review it.", EXIT.stale),
  PJ5000: entry("{id}: {message}", "Mend the descriptor, or this machine."),
  PJ6090: entry("there is no state in {dir}", "Nothing was applied here yet: run `pj apply`."),
  PJ6091: entry("there is no workload {id} in the state{near}", "`pj state list` shows what there is."),
  PJ6092: entry("{id} has no output of its own: it is {kind}", "Name a workload that pj runs."),
  PJ6093: entry(
    "no descriptor describes {id}{near}",
    "Write its descriptor first; import then finds what runs for it."
  ),
  PJ6094: entry("{id} cannot be imported: nothing of kind {kind} is run by pj", "Import native processes."),
  PJ6095: entry("{id} is in the state already", "Forget it first (`pj state rm {id}`), if it really is another one."),
  PJ6096: entry("there is a project in {dir} already", "Edit its pj.yaml, or choose another directory."),
  PJ6097: entry("{path} is there already", "Move it away, or choose another directory."),
  PJ6098: entry("another run is at work in this project", "Wait for it, then look again.", EXIT.locked),
  PJ9001: entry("internal error: {what}", "This is a bug in pj. Please report it with the text above.")
}, PjError = class extends Error {
  code;
  details;
  places;
  /** Code frames of the places, as text; made where the source is at hand. */
  frames;
  /** More hint than the table's, for this case. */
  advice;
  /** Several errors found in one run. */
  others;
  constructor(code, details = {}, more = {}) {
    super(
      ERRORS[code].message.replace(/\{(\w+)\}/g, (whole, name) => String(details[name] ?? whole)),
      more.cause === void 0 ? void 0 : { cause: more.cause }
    ), this.name = code, this.code = code, this.details = details, this.places = more.places ?? [], this.frames = more.frames ?? [], this.advice = more.advice, this.others = more.others ?? [];
  }
  get hint() {
    return this.advice ?? ERRORS[this.code].hint;
  }
  get exitCode() {
    return ERRORS[this.code].exit;
  }
};

// src/os/cgroup-host.ts
var import_node_fs2 = require("node:fs"), import_node_path = require("node:path");

// src/os/kernel-file.ts
var import_node_fs = require("node:fs");
function errno(thrown) {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code == "string" ? thrown.code : void 0;
}
function readKernelFile(path) {
  try {
    return (0, import_node_fs.readFileSync)(path, "utf8");
  } catch (thrown) {
    if (GONE.has(errno(thrown) ?? "")) return;
    throw thrown;
  }
}
function writeKernelFile(path, text) {
  let fd;
  try {
    fd = (0, import_node_fs.openSync)(path, import_node_fs.constants.O_WRONLY | import_node_fs.constants.O_TRUNC), (0, import_node_fs.writeSync)(fd, text);
    return;
  } catch (thrown) {
    let code = errno(thrown);
    if (code === void 0) throw thrown;
    return code;
  } finally {
    fd !== void 0 && (0, import_node_fs.closeSync)(fd);
  }
}
function readNumber(path) {
  let text = readKernelFile(path)?.trim();
  return text !== void 0 && /^-?\d+$/.test(text) ? Number(text) : void 0;
}
function readKey(path, key2) {
  let text = readKernelFile(path);
  if (text !== void 0) {
    for (let line2 of text.split(`
`))
      if (line2.startsWith(`${key2} `)) return Number(line2.slice(key2.length + 1));
  }
}
function pauseSync(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
var GONE = /* @__PURE__ */ new Set(["ENOENT", "ESRCH", "ENODEV", "EACCES", "EPERM", "ENOTDIR"]);

// src/os/cgroup-host.ts
var LIMITED = ["cpu", "memory", "pids"];
function detectCgroups(root2 = "/sys/fs/cgroup", facts = {}) {
  let mounts = cgroupMounts(facts.mountinfo ?? readKernelFile("/proc/self/mountinfo") ?? "", root2), own = ownGroups(facts.self ?? readKernelFile("/proc/self/cgroup") ?? ""), isRoot = facts.isRoot ?? process.geteuid?.() === 0, reasons = [], host = { version: "none", writable: !1, controllers: /* @__PURE__ */ new Set(), v1: {} }, v2 = mounts.find((m) => m.type === "cgroup2");
  for (let name of [...LIMITED, "freezer"]) {
    let mount = mounts.find((m) => m.type === "cgroup" && m.options.has(name));
    if (mount === void 0) continue;
    let base = placeFor(mount, own.get(name) ?? "/", isRoot);
    base !== void 0 ? host.v1[name] = base : reasons.push(notWritable(mount.path, root2, isRoot));
  }
  let hasV1 = mounts.some((m) => m.type === "cgroup" && LIMITED.some((name) => m.options.has(name)));
  if (v2 !== void 0) {
    let base = placeFor(v2, own.get("") ?? "/", isRoot);
    base !== void 0 ? host.unified = base : reasons.push(notWritable(v2.path, root2, isRoot));
  }
  if (v2 === void 0 && !hasV1)
    return { ...host, reason: `no cgroup file system is mounted below ${root2}` };
  if (host.version = v2 === void 0 ? "v1" : hasV1 ? "hybrid" : "v2", host.version === "v2")
    host.unified !== void 0 && delegated(host.unified, host.controllers, reasons);
  else {
    for (let name of LIMITED) host.v1[name] !== void 0 && host.controllers.add(name);
    for (let name of LIMITED)
      mounts.some((m) => m.options.has(name)) || reasons.push(`the kernel has no ${name} controller mounted`);
  }
  return host.writable = host.unified !== void 0 || tracker(host) !== void 0, reasons.length > 0 && (host.reason = [...new Set(reasons)].join("; ")), host;
}
function tracker(host) {
  return ["freezer", "pids", "memory", "cpu"].find((name) => host.v1[name] !== void 0);
}
function cgroupMounts(mountinfo, root2) {
  let found = [];
  for (let line2 of mountinfo.split(`
`)) {
    let [left, right] = line2.split(" - "), fields = left?.split(" ") ?? [], [type, , superOptions] = right?.split(" ") ?? [], path = unescapeMount(fields[4] ?? "");
    if (type !== "cgroup" && type !== "cgroup2" || !(path === root2 || path.startsWith(`${root2}/`))) continue;
    let mountOptions = new Set((fields[5] ?? "").split(","));
    found.push({
      type,
      path,
      top: unescapeMount(fields[3] ?? "/"),
      options: new Set((superOptions ?? "").split(",")),
      readOnly: mountOptions.has("ro") || (superOptions ?? "").split(",").includes("ro")
    });
  }
  return found;
}
var unescapeMount = (text) => text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
function ownGroups(text) {
  let own = /* @__PURE__ */ new Map();
  for (let line2 of text.split(`
`)) {
    let match = /^\d+:([^:]*):(.*)$/.exec(line2);
    if (match) for (let name of (match[1] ?? "").split(",")) own.set(name, match[2] ?? "/");
  }
  return own;
}
function placeFor(mount, own, isRoot) {
  if (mount.readOnly) return;
  if (isRoot) return mayUse(mount.path) ? mount.path : void 0;
  let inside = own === mount.top ? "/" : own.startsWith(`${mount.top}/`) ? own.slice(mount.top.length) : own, place;
  for (let here = (0, import_node_path.join)(mount.path, inside); here.startsWith(mount.path); here = (0, import_node_path.dirname)(here)) {
    if (!(0, import_node_fs2.existsSync)(here) || !mayUse(here)) return place;
    place = here;
  }
  return place;
}
function mayUse(folder) {
  try {
    return (0, import_node_fs2.accessSync)(folder, import_node_fs2.constants.W_OK | import_node_fs2.constants.X_OK), (0, import_node_fs2.accessSync)((0, import_node_path.join)(folder, "cgroup.procs"), import_node_fs2.constants.W_OK), !0;
  } catch {
    return !1;
  }
}
function delegated(base, controllers, reasons) {
  let available = words((0, import_node_path.join)(base, "cgroup.controllers")), enabled = words((0, import_node_path.join)(base, "cgroup.subtree_control")), busy = (0, import_node_fs2.existsSync)((0, import_node_path.join)(base, "cgroup.type")) && (readKernelFile((0, import_node_path.join)(base, "cgroup.procs")) ?? "").trim() !== "";
  for (let name of LIMITED)
    available.has(name) ? enabled.has(name) ? controllers.add(name) : busy ? reasons.push(`${base} holds processes of its own, so that it cannot hand ${name} to groups below it`) : mayWrite((0, import_node_path.join)(base, "cgroup.subtree_control")) ? controllers.add(name) : reasons.push(`${base}/cgroup.subtree_control may not be written`) : reasons.push(`the ${name} controller is not delegated to ${base}`);
}
function mayWrite(file) {
  try {
    return (0, import_node_fs2.accessSync)(file, import_node_fs2.constants.W_OK), !0;
  } catch {
    return !1;
  }
}
var words = (file) => new Set((readKernelFile(file) ?? "").trim().split(/\s+/)), notWritable = (path, root2, isRoot) => isRoot ? `${path} is not writable` : `not root, and no cgroup below ${root2} is delegated to this user`;

// src/os/cgroup-v1.ts
var import_node_fs3 = require("node:fs"), import_node_path2 = require("node:path");
var MIN_QUOTA = 1e3, PERIOD = 1e5, MAX_PERIOD = 1e6;
function cpuQuota(cores) {
  return cores * PERIOD >= MIN_QUOTA ? { quota: Math.round(cores * PERIOD), period: PERIOD } : { quota: MIN_QUOTA, period: Math.min(MAX_PERIOD, Math.max(PERIOD, Math.round(MIN_QUOTA / cores))) };
}
function setLimitV1(folder, resource, value) {
  switch (resource) {
    case "cpu":
      return setCpu(folder, value);
    case "memory":
      return setMemory(folder, value);
    case "pids":
      return refused(
        folder,
        "pids.max",
        writeKernelFile((0, import_node_path2.join)(folder, "pids.max"), value === null ? "max" : String(value))
      );
  }
}
function readLimitV1(folder, resource) {
  switch (resource) {
    case "cpu": {
      let quota = readNumber((0, import_node_path2.join)(folder, "cpu.cfs_quota_us")), period = readNumber((0, import_node_path2.join)(folder, "cpu.cfs_period_us"));
      return quota === void 0 || quota < 0 || !period ? void 0 : quota / period;
    }
    case "memory": {
      let bytes = readNumber((0, import_node_path2.join)(folder, "memory.limit_in_bytes"));
      return bytes === void 0 || bytes >= 2 ** 62 ? void 0 : bytes;
    }
    case "pids":
      return readNumber((0, import_node_path2.join)(folder, "pids.max"));
  }
}
function memoryUsageV1(folder) {
  let usage = readNumber((0, import_node_path2.join)(folder, "memory.usage_in_bytes"));
  if (usage !== void 0)
    return Math.max(0, usage - (readKey((0, import_node_path2.join)(folder, "memory.stat"), "total_inactive_file") ?? 0));
}
function oomKillsV1(folder) {
  return readKey((0, import_node_path2.join)(folder, "memory.oom_control"), "oom_kill");
}
function setFrozenV1(folder, frozen) {
  return refused(folder, "freezer.state", writeKernelFile((0, import_node_path2.join)(folder, "freezer.state"), frozen ? "FROZEN" : "THAWED"));
}
function isFrozenV1(folder) {
  return readKernelFile((0, import_node_path2.join)(folder, "freezer.state"))?.trim() === "FROZEN";
}
function setCpu(folder, cores) {
  let quotaFile = (0, import_node_path2.join)(folder, "cpu.cfs_quota_us");
  if (cores === null) return refused(folder, "cpu.cfs_quota_us", writeKernelFile(quotaFile, "-1"));
  let { quota, period } = cpuQuota(cores), periodFile = (0, import_node_path2.join)(folder, "cpu.cfs_period_us");
  if (readNumber(periodFile) !== period) {
    writeKernelFile(quotaFile, "-1");
    let reason = refused(folder, "cpu.cfs_period_us", writeKernelFile(periodFile, String(period)));
    if (reason !== void 0) return reason;
  }
  return refused(folder, "cpu.cfs_quota_us", writeKernelFile(quotaFile, String(quota)));
}
function setMemory(folder, bytes) {
  let limit = (0, import_node_path2.join)(folder, "memory.limit_in_bytes"), withSwap = (0, import_node_path2.join)(folder, "memory.memsw.limit_in_bytes"), swapCounted = (0, import_node_fs3.existsSync)(withSwap), value = bytes === null ? "-1" : String(bytes), before = readLimitV1(folder, "memory") ?? Number.POSITIVE_INFINITY, raise = bytes === null || bytes > before;
  if (swapCounted && raise) {
    let reason = refused(folder, "memory.memsw.limit_in_bytes", writeKernelFile(withSwap, value));
    if (reason !== void 0) return reason;
  }
  let code = writeKernelFile(limit, value);
  if (code === "EBUSY")
    return `more than that is in use now: ${readNumber((0, import_node_path2.join)(folder, "memory.usage_in_bytes"))} bytes`;
  if (code !== void 0) return refused(folder, "memory.limit_in_bytes", code);
  if (swapCounted && !raise)
    return refused(folder, "memory.memsw.limit_in_bytes", writeKernelFile(withSwap, value));
}
var refused = (folder, file, code) => code === void 0 ? void 0 : `${(0, import_node_path2.join)(folder, file)}: ${code}`;

// src/os/cgroup-v2.ts
var import_node_fs4 = require("node:fs"), import_node_path3 = require("node:path");
function setLimitV2(folder, resource, value) {
  switch (resource) {
    case "cpu": {
      let { quota, period } = cpuQuota(value ?? 1);
      return write(folder, "cpu.max", value === null ? `max ${period}` : `${quota} ${period}`);
    }
    case "memory":
      return setMemory2(folder, value);
    case "pids":
      return write(folder, "pids.max", value === null ? "max" : String(value));
  }
}
function readLimitV2(folder, resource) {
  switch (resource) {
    case "cpu": {
      let [quota, period] = (readKernelFile((0, import_node_path3.join)(folder, "cpu.max")) ?? "max").trim().split(" ");
      return quota === void 0 || quota === "max" ? void 0 : Number(quota) / Number(period ?? 1e5);
    }
    case "memory":
      return readNumber((0, import_node_path3.join)(folder, "memory.max"));
    case "pids":
      return readNumber((0, import_node_path3.join)(folder, "pids.max"));
  }
}
function memoryUsageV2(folder) {
  let usage = readNumber((0, import_node_path3.join)(folder, "memory.current"));
  if (usage !== void 0)
    return Math.max(0, usage - (readKey((0, import_node_path3.join)(folder, "memory.stat"), "inactive_file") ?? 0));
}
function oomKillsV2(folder) {
  return readKey((0, import_node_path3.join)(folder, "memory.events"), "oom_kill");
}
function cpuUsecV2(folder) {
  return readKey((0, import_node_path3.join)(folder, "cpu.stat"), "usage_usec");
}
function enableControllers(folder, names2) {
  let file = (0, import_node_path3.join)(folder, "cgroup.subtree_control"), enabled = new Set((readKernelFile(file) ?? "").trim().split(/\s+/));
  for (let name of names2) {
    if (enabled.has(name)) continue;
    let code = writeKernelFile(file, `+${name}`);
    if (code === "EBUSY") return `${folder} holds processes of its own, so that it cannot hand ${name} down`;
    if (code !== void 0) return `${file}: ${code} for +${name}`;
  }
}
function killV2(folder) {
  let file = (0, import_node_path3.join)(folder, "cgroup.kill");
  return (0, import_node_fs4.existsSync)(file) && writeKernelFile(file, "1") === void 0;
}
function setFrozenV2(folder, frozen) {
  return write(folder, "cgroup.freeze", frozen ? "1" : "0");
}
function isFrozenV2(folder) {
  return readKey((0, import_node_path3.join)(folder, "cgroup.events"), "frozen") === 1;
}
function isPopulatedV2(folder) {
  let value = readKey((0, import_node_path3.join)(folder, "cgroup.events"), "populated");
  return value === void 0 ? void 0 : value === 1;
}
function setMemory2(folder, bytes) {
  if (bytes !== null && (readNumber((0, import_node_path3.join)(folder, "memory.current")) ?? 0) > bytes) {
    write(folder, "memory.high", String(bytes));
    let left = readNumber((0, import_node_path3.join)(folder, "memory.current")) ?? 0;
    if (write(folder, "memory.high", "max"), left > bytes) return `more than that is in use now: ${left} bytes`;
  }
  let reason = write(folder, "memory.max", bytes === null ? "max" : String(bytes));
  if (reason !== void 0) return reason;
  if ((0, import_node_fs4.existsSync)((0, import_node_path3.join)(folder, "memory.swap.max")))
    return write(folder, "memory.swap.max", bytes === null ? "max" : "0");
}
function write(folder, file, text) {
  let code = writeKernelFile((0, import_node_path3.join)(folder, file), text);
  return code === void 0 ? void 0 : `${(0, import_node_path3.join)(folder, file)}: ${code}`;
}

// src/os/process-stat.ts
var import_node_fs5 = require("node:fs");
var MS_PER_TICK = 10;
function readStat(pid) {
  let text = readKernelFile(`/proc/${pid}/stat`);
  if (text === void 0) return;
  let end = text.lastIndexOf(")"), fields = text.slice(end + 2).split(" "), number = (field) => Number(fields[field - 3]);
  return {
    pid,
    name: text.slice(text.indexOf("(") + 1, end),
    state: fields[0] ?? "?",
    ppid: number(4),
    pgrp: number(5),
    session: number(6),
    startTime: fields[19] ?? "",
    utime: number(14) * MS_PER_TICK,
    stime: number(15) * MS_PER_TICK,
    threads: number(20),
    rss: number(24) * pageSize()
  };
}
function cpuUsecOf(pid) {
  let text = readKernelFile(`/proc/${pid}/stat`);
  if (text === void 0) return 0;
  let fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]) * MS_PER_TICK * 1e3, 0);
}
function privateMemoryOf(pid) {
  let [, resident, shared] = (readKernelFile(`/proc/${pid}/statm`) ?? "").split(" ");
  return (Number(resident ?? 0) - Number(shared ?? 0)) * pageSize();
}
function sendTo(pid, signal) {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return !1;
  try {
    return process.kill(pid, signal);
  } catch (thrown) {
    if (errno(thrown) === "ESRCH") return !1;
    throw thrown;
  }
}
var knownPageSize;
function pageSize() {
  if (knownPageSize !== void 0) return knownPageSize;
  knownPageSize = 4096;
  try {
    let vector = (0, import_node_fs5.readFileSync)("/proc/self/auxv");
    for (let at = 0; at + 16 <= vector.length; at += 16)
      vector.readBigUInt64LE(at) === 6n && (knownPageSize = Number(vector.readBigUInt64LE(at + 8)));
  } catch {
  }
  return knownPageSize;
}

// src/os/cgroup.ts
function openCgroup(host, name) {
  return new Cgroup(host, name.map(folderName));
}
var Cgroup = class {
  host;
  name;
  constructor(host, name) {
    this.host = host, this.name = name;
  }
  /** The folder that tracks the processes. Throws PJ5060 where groups cannot be made at all. */
  get path() {
    let base = this.host.unified ?? this.v1Base(tracker(this.host));
    if (base === void 0)
      throw new PjError("PJ5060", {
        path: this.name.join("/"),
        reason: this.host.reason ?? "this host has no cgroups that may be used"
      });
    return (0, import_node_path4.join)(base, ...this.name);
  }
  /** Makes the tracking folder; fine when it is there. Throws PJ5060. */
  create() {
    makeFolder(this.path);
  }
  exists() {
    return this.host.writable && (0, import_node_fs6.existsSync)(this.path);
  }
  /**
   * The files that a process writes `0` into to join. Only folders that exist are told, so set limits first.
   * A process that joins before it runs the workload's program has no instant outside.
   */
  procsFiles() {
    return this.folders().map((folder) => (0, import_node_path4.join)(folder, "cgroup.procs"));
  }
  /** Sets and lifts limits, while it runs too. What cannot be held is told, not thrown. */
  setLimits(limits) {
    let report = { held: {}, notHeld: [], notes: [] }, notHeld = (resource, reason) => report.notHeld.push({ resource, reason });
    for (let resource of LIMITED) {
      let value = limits[resource];
      if (value === void 0) continue;
      if (value !== null && !(Number.isFinite(value) && value > 0)) {
        notHeld(resource, `${value} is not a limit: it has to be above 0`);
        continue;
      }
      let amount = value === null || resource === "cpu" ? value : Math.floor(value), reason = this.host.version === "v2" ? this.setV2(resource, amount) : this.setV1(resource, amount, report);
      reason !== void 0 && notHeld(resource, reason);
    }
    return report.held = this.readLimits(), report;
  }
  /** What the kernel holds now; absent is no limit. */
  readLimits() {
    let held = {};
    for (let resource of LIMITED) {
      let folder = this.limitFolder(resource);
      if (folder === void 0) continue;
      let value = this.host.version === "v2" ? readLimitV2(folder, resource) : readLimitV1(folder, resource);
      value !== void 0 && (held[resource] = value);
    }
    return held;
  }
  /** Every process in the group and in groups below it. */
  pids() {
    if (!this.host.writable) return [];
    let found = [];
    for (let folder of tree(this.path))
      for (let line2 of (readKernelFile((0, import_node_path4.join)(folder, "cgroup.procs")) ?? "").split(`
`)) {
        let pid = Number(line2);
        pid > 0 && found.push(pid);
      }
    return found;
  }
  /** True while a process lives in it. A zombie does not. */
  populated() {
    if (!this.exists()) return !1;
    if (this.host.unified !== void 0) {
      let populated = isPopulatedV2(this.path);
      if (populated !== void 0) return populated;
    }
    return this.pids().length > 0;
  }
  /** Sends SIGKILL to all of it, forks included. Ends when that is sent; `waitEmpty` tells when they are gone. */
  kill() {
    if (this.exists() && !(this.host.unified !== void 0 && killV2(this.path)))
      for (let round = 0; round < 50 && this.populated(); round++) {
        let frozen = this.freeze() === void 0;
        for (let wait = 0; frozen && wait < 20 && !this.frozen(); wait++) pauseSync(1);
        let members = this.pids();
        for (let pid of members) this.isMember(pid) && sendTo(pid, "SIGKILL");
        if (frozen && this.thaw(), members.length === 0) return;
        pauseSync(2);
      }
  }
  /** Freezes all of it. Gives the reason when the kernel cannot. */
  freeze() {
    return this.setFrozen(!0);
  }
  thaw() {
    return this.setFrozen(!1);
  }
  frozen() {
    if (this.host.unified !== void 0) return isFrozenV2(this.path);
    let folder = this.freezerFolder();
    return folder !== void 0 && isFrozenV1(folder);
  }
  usage() {
    let pids = this.pids(), memoryFolder = this.limitFolder("memory"), memory = memoryFolder === void 0 ? void 0 : this.host.version === "v2" ? memoryUsageV2(memoryFolder) : memoryUsageV1(memoryFolder);
    return {
      cpuUsec: (this.host.unified === void 0 ? void 0 : cpuUsecV2(this.path)) ?? pids.reduce((sum, pid) => sum + cpuUsecOf(pid), 0),
      memory: memory ?? pids.reduce((sum, pid) => sum + privateMemoryOf(pid), 0),
      oomKills: this.oomKills(),
      pids: pids.length
    };
  }
  /** Times that the kernel killed a process of this group for want of memory. */
  oomKills() {
    let folder = this.limitFolder("memory");
    return folder === void 0 ? 0 : (this.host.version === "v2" ? oomKillsV2(folder) : oomKillsV1(folder)) ?? 0;
  }
  /**
   * Removes the folders, innermost first, trying again for `timeoutMs` (it blocks, so keep that short) while processes that
   * were killed go. False: something still lives in it. What is not there is fine.
   */
  remove(timeoutMs = 100) {
    let deadline = performance.now() + timeoutMs;
    for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
      if (this.folders().filter((folder) => !removeTree(folder)).length === 0) return !0;
      if (performance.now() + wait > deadline) return !1;
      pauseSync(wait);
    }
  }
  /** Resolves true when nothing lives in it any more, false when `timeoutMs` passed first or the signal aborted. */
  async waitEmpty(timeoutMs, signal) {
    let deadline = performance.now() + timeoutMs;
    for (let wait = 1; this.populated(); wait = Math.min(wait * 2, 50)) {
      if (signal?.aborted || performance.now() > deadline) return !1;
      await new Promise((resolve6) => setTimeout(resolve6, wait));
    }
    return !0;
  }
  /** Kills all of it, waits until it is gone, removes the folders and those above that are empty now. Throws PJ5063 after `timeoutMs`. */
  async killAndRemove(timeoutMs = 5e3) {
    let deadline = performance.now() + timeoutMs;
    for (this.kill(), await this.waitEmpty(timeoutMs); !this.remove(0); ) {
      if (performance.now() > deadline)
        throw new PjError("PJ5063", { path: this.path, count: this.pids().length, seconds: timeoutMs / 1e3 });
      this.kill(), await new Promise((resolve6) => setTimeout(resolve6, 5));
    }
    cleanupEmptyParents(this.host, this.name);
  }
  setV1(resource, value, report) {
    let base = this.host.v1[resource];
    if (base === void 0)
      return value === null ? void 0 : this.host.reason ?? `no ${resource} controller on this host`;
    let folder = (0, import_node_path4.join)(base, ...this.name), isNew = !(0, import_node_fs6.existsSync)(folder);
    if (isNew && value === null) return;
    makeFolder(folder);
    let reason = setLimitV1(folder, resource, value);
    if (reason !== void 0 || !isNew) return reason;
    this.moveMembersTo(folder) > 0 && resource === "memory" && report.notes.push("memory that was in use before the limit came is not counted until the next restart");
  }
  setV2(resource, value) {
    let base = this.host.unified;
    if (base === void 0 || !this.host.controllers.has(resource))
      return value === null ? void 0 : this.host.reason ?? `no ${resource} controller on this host`;
    if (makeFolder(this.path), !(value === null && this.limitFolder(resource) === void 0)) {
      for (let depth = 0; depth < this.name.length; depth++) {
        let reason = enableControllers((0, import_node_path4.join)(base, ...this.name.slice(0, depth)), [resource]);
        if (reason !== void 0) return reason;
      }
      return setLimitV2(this.path, resource, value);
    }
  }
  /** A v1 controller that comes to a running workload: its processes are moved in, and those they fork meanwhile. */
  moveMembersTo(folder) {
    let moved = /* @__PURE__ */ new Set();
    for (let round = 0; round < 100; round++) {
      let missing = this.pids().filter((pid) => !moved.has(pid));
      if (missing.length === 0) break;
      for (let pid of missing)
        writeKernelFile((0, import_node_path4.join)(folder, "cgroup.procs"), String(pid)), moved.add(pid);
    }
    return moved.size;
  }
  setFrozen(frozen) {
    if (!this.exists()) return;
    if (this.host.unified !== void 0) return setFrozenV2(this.path, frozen);
    let folder = this.freezerFolder();
    return folder === void 0 ? "this host has no freezer" : setFrozenV1(folder, frozen);
  }
  freezerFolder() {
    let base = this.host.v1.freezer;
    return base === void 0 ? void 0 : (0, import_node_path4.join)(base, ...this.name);
  }
  /** The folder that holds a limit of this resource, if it exists and has the controller. */
  limitFolder(resource) {
    let base = this.host.version === "v2" ? this.host.unified : this.host.v1[resource];
    if (base === void 0) return;
    let folder = (0, import_node_path4.join)(base, ...this.name), file = this.host.version === "v2" ? `${resource}.max` : "cgroup.procs";
    return (0, import_node_fs6.existsSync)((0, import_node_path4.join)(folder, file)) ? folder : void 0;
  }
  /** All folders of this group that exist, the tracking one first. */
  folders() {
    let bases = [this.host.unified, this.v1Base(tracker(this.host))];
    return this.host.version !== "v2" && bases.push(...LIMITED.map((name) => this.host.v1[name])), [...new Set(bases.filter((base) => base !== void 0).map((base) => (0, import_node_path4.join)(base, ...this.name)))].filter((folder) => (0, import_node_fs6.existsSync)(folder));
  }
  v1Base(name) {
    return name === void 0 ? void 0 : this.host.v1[name];
  }
  /** The pid was read a moment ago: is it (still) one of ours? */
  isMember(pid) {
    let groups = readKernelFile(`/proc/${pid}/cgroup`) ?? "", own = `/${this.name.join("/")}`;
    return groups.split(`
`).some((line2) => line2.endsWith(own) || line2.includes(`${own}/`));
  }
};
function cleanupEmptyParents(host, name) {
  let bases = new Set([host.unified, ...Object.values(host.v1)].filter((base) => base !== void 0)), parts = name.map(folderName);
  for (let base of bases)
    for (let depth = parts.length - 1; depth > 0 && removeFolder((0, import_node_path4.join)(base, ...parts.slice(0, depth))); depth--)
      ;
}
function isHeld(resource, wanted, held) {
  return held === void 0 ? !1 : resource === "memory" ? Math.abs(held - wanted) < 65536 : resource === "cpu" ? Math.abs(held - wanted) <= Math.max(1e-3, wanted * 1e-3) : held === Math.floor(wanted);
}
function folderName(name) {
  if (name === "" || name.includes("/") || name.includes("\0") || name === "." || name === "..")
    throw new PjError("PJ5060", { path: name, reason: "this is not the name of a folder" });
  return /\.|^(tasks|notify_on_release|release_agent)$/.test(name) && !name.startsWith("_") ? `_${name}` : name;
}
function makeFolder(folder) {
  for (let attempt = 0; ; attempt++)
    try {
      (0, import_node_fs6.mkdirSync)(folder, { recursive: !0 });
      return;
    } catch (thrown) {
      if (errno(thrown) === "ENOENT" && attempt < 10) continue;
      throw new PjError("PJ5060", { path: folder, reason: errno(thrown) ?? String(thrown) }, { cause: thrown });
    }
}
function tree(folder) {
  return [folder, ...subfolders(folder).flatMap((name) => tree((0, import_node_path4.join)(folder, name)))];
}
function subfolders(folder) {
  try {
    return (0, import_node_fs6.readdirSync)(folder, { withFileTypes: !0 }).filter((entry2) => entry2.isDirectory()).map((entry2) => entry2.name);
  } catch (thrown) {
    if (errno(thrown) === "ENOENT" || errno(thrown) === "ENODEV") return [];
    throw thrown;
  }
}
function removeTree(folder) {
  return tree(folder).reverse().map(removeFolder).every(Boolean);
}
function removeFolder(folder) {
  try {
    return (0, import_node_fs6.rmdirSync)(folder), !0;
  } catch (thrown) {
    let code = errno(thrown);
    if (code === "ENOENT") return !0;
    if (code === "EBUSY" || code === "ENOTEMPTY") return !1;
    throw new PjError("PJ5060", { path: (0, import_node_path4.dirname)(folder), reason: `rmdir: ${code ?? thrown}` }, { cause: thrown });
  }
}

// src/os/identity.ts
var import_node_fs7 = require("node:fs");
function identify(pid, proc = "/proc") {
  let stat = readStat2(pid, proc);
  if (stat === void 0 || hasEnded(stat.state)) return;
  let boot = bootId(proc);
  return boot === void 0 ? void 0 : { pid, startTime: stat.startTime, bootId: boot };
}
function isAlive(identity, proc = "/proc") {
  if (bootId(proc) !== identity.bootId) return !1;
  let stat = readStat2(identity.pid, proc);
  return stat === void 0 ? isHidden(identity.pid) : stat.startTime === identity.startTime && !hasEnded(stat.state);
}
function selfIdentity() {
  let self = identify(process.pid);
  if (self === void 0) throw new Error("cannot read /proc/self/stat: pj needs procfs mounted on /proc");
  return self;
}
function bootId(proc = "/proc") {
  try {
    return (0, import_node_fs7.readFileSync)(`${proc}/sys/kernel/random/boot_id`, "latin1").trim();
  } catch {
    return;
  }
}
var hasEnded = (state) => state === "Z" || state === "X" || state === "x";
function readStat2(pid, proc) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return;
  let text;
  try {
    text = (0, import_node_fs7.readFileSync)(`${proc}/${pid}/stat`, "latin1");
  } catch {
    return;
  }
  let rest = text.slice(text.lastIndexOf(")") + 2).split(" "), [state, startTime] = [rest[0], rest[19]];
  return state === void 0 || startTime === void 0 ? void 0 : { state, startTime };
}
function isHidden(pid) {
  try {
    return process.kill(pid, 0), !1;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

// src/os/sandbox.ts
var import_node_path6 = require("node:path");

// src/os/accounts.ts
var import_node_child_process = __toESM(require_child_process(), 1);
function lookupUser(user) {
  let fields = lookup("passwd", user);
  if (fields === void 0) return;
  let [name = "", , uid = "", gid = "", , home = "/", shell = ""] = fields;
  return { name, uid: Number(uid), gid: Number(gid), home, shell };
}
function lookupGroup(group) {
  let fields = lookup("group", group);
  return fields === void 0 ? void 0 : { name: fields[0] ?? "", gid: Number(fields[2]) };
}
var isNumber = (text) => /^\d+$/.test(text);
function lookup(database, wanted) {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@+-]*\$?$/.test(wanted)) return;
  let matches = (fields) => fields[0] === wanted || isNumber(wanted) && fields[2] === wanted, found = (readKernelFile(`/etc/${database}`) ?? "").split(`
`).map((line2) => line2.split(":")).find(matches);
  if (found !== void 0) return found;
  if (asksOthers(database))
    try {
      return (0, import_node_child_process.execFileSync)("getent", [database, wanted], {
        encoding: "utf8",
        timeout: 5e3,
        stdio: ["ignore", "pipe", "ignore"]
      }).trim().split(":");
    } catch {
      return;
    }
}
function asksOthers(database) {
  return ((readKernelFile("/etc/nsswitch.conf") ?? "").split(`
`).find((l) => l.startsWith(`${database}:`))?.slice(database.length + 1).trim().split(/\s+/) ?? []).some((source) => /^[a-z]/.test(source) && source !== "files" && source !== "compat");
}

// src/os/capabilities.ts
var CAPABILITIES = "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore".split(" ");
function capabilityName(written) {
  let name = written.toLowerCase().replace(/^cap_/, "");
  return CAPABILITIES.includes(name) ? name : void 0;
}

// src/os/tools.ts
var import_node_fs8 = require("node:fs"), import_node_path5 = require("node:path");
var TOOL_PACKAGE = {
  sh: "dash",
  env: "coreutils",
  setpriv: "util-linux",
  prlimit: "util-linux",
  unshare: "util-linux",
  fallocate: "util-linux",
  flock: "util-linux",
  bwrap: "bubblewrap"
}, STANDARD_FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
function findTools(path = process.env.PATH ?? "") {
  let folders = [.../* @__PURE__ */ new Set([...absoluteFolders(path), ...STANDARD_FOLDERS])], tools = {};
  for (let name of Object.keys(TOOL_PACKAGE)) {
    let found = name === "sh" && isProgram("/bin/sh") ? "/bin/sh" : folders.map((f) => (0, import_node_path5.join)(f, name)).find(isProgram);
    found !== void 0 && (tools[name] = found);
  }
  return tools;
}
function resolveCommand(command, { cwd, path }) {
  if (command === "") return { reason: "the command is empty" };
  if (command.includes("\0")) return { reason: "the command holds a NUL character" };
  if (command.includes("/")) return check((0, import_node_path5.isAbsolute)(command) ? command : (0, import_node_path5.resolve)(cwd, command));
  let folders = path.split(import_node_path5.delimiter).map((folder) => (0, import_node_path5.resolve)(cwd, folder === "" ? "." : folder)), reason;
  for (let folder of folders) {
    let found = check((0, import_node_path5.join)(folder, command));
    if (found.path !== void 0) return found;
    found.reason.endsWith("is not there") || (reason ??= found.reason);
  }
  return { reason: reason ?? `${command} is in none of the folders of PATH (${path})` };
}
function check(file) {
  try {
    if ((0, import_node_fs8.statSync)(file).isDirectory()) return { reason: `${file} is a directory` };
    (0, import_node_fs8.accessSync)(file, import_node_fs8.constants.X_OK);
  } catch (thrown) {
    let code = errno(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return { reason: `${file} is not there` };
    if (code === "ELOOP") return { reason: `${file} is a link that leads in a circle` };
    if (code === "ENAMETOOLONG") return { reason: `${file} is too long a path` };
    if (code === "EACCES")
      return { reason: `${file} may not be executed (chmod +x, or its folder is closed to this user)` };
    throw thrown;
  }
  let interpreter = interpreterOf(file);
  return interpreter !== void 0 && !isProgram(interpreter) ? { reason: `${file} is a script for ${interpreter}, which is not there` } : { path: file };
}
function interpreterOf(file) {
  let head;
  try {
    if (!(0, import_node_fs8.statSync)((0, import_node_fs8.realpathSync)(file)).isFile() || (0, import_node_fs8.statSync)(file).size > 1 << 20) return;
    head = (0, import_node_fs8.readFileSync)(file).subarray(0, 256);
  } catch {
    return;
  }
  return /^#![ \t]*(\S+)/.exec(head.toString("latin1"))?.[1];
}
function isProgram(file) {
  try {
    return (0, import_node_fs8.accessSync)(file, import_node_fs8.constants.X_OK), (0, import_node_fs8.statSync)(file).isFile();
  } catch {
    return !1;
  }
}
var absoluteFolders = (path) => path.split(import_node_path5.delimiter).filter((folder) => (0, import_node_path5.isAbsolute)(folder));

// src/model/json.ts
function isObject(value) {
  return typeof value == "object" && value !== null && !Array.isArray(value);
}
function pointer(...path) {
  return path.map((s) => `/${String(s).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

// src/model/template.ts
var only = (value, key2) => isObject(value) && isObject(value[key2]) && Object.keys(value).length === 1, isTemplate = (value) => only(value, "$template"), isSensitive = (value) => only(value, "$sensitive"), isUnknown = (value) => only(value, "$unknown"), isLeaf = (value) => isTemplate(value) || isSensitive(value) || isUnknown(value);
function partsOf(leaf) {
  return "$template" in leaf ? leaf.$template.parts : "$sensitive" in leaf ? leaf.$sensitive.parts : leaf.$unknown.parts;
}
function sensitiveSources(parts) {
  return parts.flatMap((part) => typeof part == "string" ? [] : "secret" in part ? [`secret.${part.secret}`] : "env" in part ? [`env.${part.env}`] : "var" in part ? [`var.${part.var}`] : []);
}

// src/os/sandbox.ts
var JOIN = `u=$1 n=$2; shift 2
while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 126; shift; n=$((n-1)); done
[ "$u" = - ] || umask "$u" || exit 126
exec "$@"`, JOIN_IGNORING = JOIN.replace(
  "exec",
  `trap '' HUP INT QUIT ALRM TERM USR1 USR2 PIPE WINCH IO PWR VTALRM PROF 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
exec`
);
function buildLaunch(request) {
  let tools = request.tools ?? findTools(), needs = [], use = (name, what) => {
    let path = tools[name];
    if (path === void 0) throw new PjError("PJ5061", { tool: name, what, package: TOOL_PACKAGE[name] });
    return needs.push(name), path;
  }, security = securityOf(request.security), mounts = bwrapArguments(request, security), monitored = mounts.length > 0, argv = [];
  if (request.cgroupProcs.length > 0 || request.umask !== void 0 || monitored) {
    let umask = request.umask ?? "-";
    umask !== "-" && !/^0?[0-7]{1,3}$/.test(umask) && cannot(`umask ${umask} is not an octal number up to 777`), argv.push(use("sh", "cgroups and umask"), "-c", monitored ? JOIN_IGNORING : JOIN, "pj-launch", umask), argv.push(String(request.cgroupProcs.length), ...request.cgroupProcs);
  }
  monitored && (argv.push(use("bwrap", "readOnlyRoot, privateNetwork and privateTmp"), ...mounts, "--"), argv.push(use("env", "default signals inside bubblewrap"), "--default-signal", "--"));
  let limits = rlimitArguments(request.rlimits);
  limits.length > 0 && argv.push(use("prlimit", "rlimits"), ...limits, "--");
  let rights = setprivArguments(request, security, monitored);
  return rights.length > 0 && argv.push(use("setpriv", "user, group, capabilities and noNewPrivileges"), ...rights, "--"), argv.push(request.command, ...request.args), { argv, needs: [...new Set(needs)], monitored };
}
function securityOf(security = {}) {
  let flag = (key2) => typeof security[key2] == "boolean" ? { [key2]: security[key2] } : {}, list = (key2) => {
    let value = security[key2];
    return Array.isArray(value) ? { [key2]: value.filter((entry2) => typeof entry2 == "string") } : {};
  };
  return {
    ...flag("noNewPrivileges"),
    ...flag("readOnlyRoot"),
    ...flag("privateNetwork"),
    ...flag("privateTmp"),
    ...list("capabilities"),
    ...list("writablePaths")
  };
}
function bwrapArguments(request, security) {
  let { readOnlyRoot = !1, privateNetwork = !1, privateTmp = !1 } = security;
  if (!readOnlyRoot && !privateNetwork && !privateTmp) return [];
  let argv = [];
  readOnlyRoot ? argv.push("--ro-bind", "/", "/", "--dev-bind", "/dev", "/dev", "--bind", "/proc", "/proc") : argv.push("--dev-bind", "/", "/");
  let writable = (security.writablePaths ?? []).map((path) => (0, import_node_path6.resolve)(request.workdir, path));
  if (privateTmp) {
    for (let folder of ["/tmp", "/var/tmp"]) argv.push("--perms", "1777", "--tmpfs", folder);
    let bind = readOnlyRoot ? "--ro-bind" : "--bind";
    isInTmp(request.workdir) && argv.push(bind, request.workdir, request.workdir), (0, import_node_path6.isAbsolute)(request.command) && isInTmp(request.command) && argv.push(bind, request.command, request.command);
  }
  if (readOnlyRoot || privateTmp)
    for (let path of writable) (readOnlyRoot || isInTmp(path)) && argv.push("--bind", path, path);
  return privateNetwork && argv.push("--unshare-net"), argv.push("--chdir", request.workdir), argv;
}
var isInTmp = (path) => ["/tmp", "/var/tmp"].some((folder) => {
  let inside = (0, import_node_path6.relative)(folder, path);
  return inside !== "" && !inside.startsWith("..") && !(0, import_node_path6.isAbsolute)(inside);
});
function rlimitArguments(rlimits = {}) {
  return Object.entries(rlimits).map(([name, value]) => {
    let amount = value === -1 ? "unlimited" : String(value);
    return `--${name}=${amount}:${amount}`;
  });
}
function setprivArguments(request, security, monitored) {
  let isRoot = process.geteuid?.() === 0, argv = accountArguments(request), kept = security.capabilities?.map((name) => capabilityName(name) ?? cannot(`unknown capability ${name}`));
  if (kept !== void 0 && isRoot) {
    let set = ["-all", ...kept.map((name) => `+${name}`)].join(",");
    argv.push(`--bounding-set=${set}`, `--inh-caps=${set}`), kept.length > 0 && argv.push(`--ambient-caps=${set}`);
  }
  return (security.noNewPrivileges === !0 || kept !== void 0 && !isRoot) && argv.push("--no-new-privs"), monitored && argv.push("--pdeathsig=KILL"), argv;
}
function accountArguments({ user, group }) {
  if (user === void 0 && group === void 0) return [];
  let argv = [], account = user === void 0 ? void 0 : lookupUser(user);
  user !== void 0 && account === void 0 && !isNumber(user) && cannot(`there is no user ${user}`);
  let uid = account?.uid ?? (user === void 0 ? void 0 : Number(user)), gid = group === void 0 ? account?.gid : gidOf(group);
  return uid !== void 0 && gid === void 0 && cannot(`user ${user} is a bare number, so that its group has to be given`), (uid ?? process.geteuid?.()) === process.geteuid?.() && (gid ?? process.getegid?.()) === process.getegid?.() ? [] : (uid !== void 0 && argv.push(`--reuid=${uid}`), gid !== void 0 && argv.push(`--regid=${gid}`), argv.push(account === void 0 ? "--clear-groups" : "--init-groups"), argv);
}
function gidOf(group) {
  let known = lookupGroup(group)?.gid;
  return known !== void 0 ? known : isNumber(group) ? Number(group) : cannot(`there is no group ${group}`);
}
function cannot(reason) {
  throw new PjError("PJ5062", { what: "the process", reason });
}

// src/agent/address.ts
var import_node_fs9 = require("node:fs"), import_node_path7 = require("node:path");
var fileOf = (project) => (0, import_node_path7.join)(project, ".pj", "agent", "address.json");
function writeAddress(project, address) {
  let path = fileOf(project);
  (0, import_node_fs9.writeFileSync)(`${path}.tmp`, JSON.stringify(address), { mode: 384 }), (0, import_node_fs9.renameSync)(`${path}.tmp`, path);
}
function removeAddress(project) {
  (0, import_node_fs9.rmSync)(fileOf(project), { force: !0 });
}

// src/agent/recover.ts
var import_promises = __toESM(require_promises(), 1);

// src/os/process.ts
var import_node_os = __toESM(require_os(), 1);

// src/os/proc-files.ts
var import_node_fs10 = require("node:fs");
function allPids() {
  return (0, import_node_fs10.readdirSync)("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}
function readEnviron(pid) {
  let env = {};
  for (let entry2 of readRaw(pid, "environ")?.toString("utf8").split("\0") ?? []) {
    let equals = entry2.indexOf("=");
    equals > 0 && (env[entry2.slice(0, equals)] = entry2.slice(equals + 1));
  }
  return env;
}
function readEnvironVariable(pid, name) {
  let raw = readRaw(pid, "environ");
  if (raw === void 0) return;
  let wanted = Buffer.from(`${name}=`);
  for (let at = raw.indexOf(wanted); at >= 0; at = raw.indexOf(wanted, at + 1)) {
    if (at > 0 && raw[at - 1] !== 0) continue;
    let end = raw.indexOf(0, at);
    return raw.toString("utf8", at + wanted.length, end < 0 ? raw.length : end);
  }
}
function readCmdline(pid) {
  let text = readRaw(pid, "cmdline")?.toString("utf8") ?? "";
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}
function readRaw(pid, file) {
  try {
    return (0, import_node_fs10.readFileSync)(`/proc/${pid}/${file}`);
  } catch (thrown) {
    if (unreadable(thrown)) return;
    throw thrown;
  }
}
var unreadable = (thrown) => ["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errno(thrown) ?? "");

// src/os/process.ts
var MARKER = "PJ_IDENTITY";
function treePids(root2) {
  let pids = root2.cgroup?.exists() ? root2.cgroup.pids() : withoutCgroup(root2);
  return [...new Set(pids)].filter((pid) => pid !== process.pid && pid > 1).flatMap((pid) => identify(pid) ?? []);
}
function signalTree(root2, signal) {
  if (signal === "SIGKILL" && root2.cgroup?.exists()) {
    let members = treePids(root2);
    return root2.cgroup.kill(), members;
  }
  let done = /* @__PURE__ */ new Map();
  for (let round = 0; round < 20; round++) {
    let fresh = treePids(root2).filter((member) => !done.has(key(member)));
    if (fresh.length === 0) break;
    for (let member of fresh)
      done.set(key(member), member), signalOne(member, signal);
  }
  return [...done.values()];
}
function signalOne(member, signal) {
  return !isAlive(member) || !sendTo(member.pid, signal) ? !1 : (signal !== "SIGKILL" && signal !== "SIGSTOP" && signal !== "SIGCONT" && readStat(member.pid)?.state === "T" && isAlive(member) && sendTo(member.pid, "SIGCONT"), !0);
}
function scanMarked(prefix) {
  return allPids().flatMap((pid) => {
    let marker = pid === process.pid ? void 0 : readEnvironVariable(pid, MARKER);
    if (marker === void 0 || !marker.startsWith(prefix)) return [];
    let identity = identify(pid);
    return identity !== void 0 && readEnvironVariable(pid, MARKER) === marker ? [{ pid, identity, marker }] : [];
  });
}
function describeExit(code, signal) {
  let number = signal === null ? code : 128 + (import_node_os.constants.signals[signal] ?? 0);
  if (number === null) return "exit unknown";
  let name = signal ?? signalName(number - 128);
  return name === void 0 ? `exited ${number}` : `exited ${number} (${name})`;
}
function signalName(number) {
  return Object.entries(import_node_os.constants.signals).find(([, value]) => value === number)?.[0];
}
function withoutCgroup({ identity, marker }) {
  let leader = identity !== void 0 && isAlive(identity) ? identity : void 0, stats = allPids().flatMap((pid) => readStat(pid) ?? []), members = /* @__PURE__ */ new Set();
  for (let stat of stats) {
    let inGroup = leader !== void 0 && (stat.pgrp === leader.pid || stat.session === leader.pid), marked = marker !== void 0 && readEnvironVariable(stat.pid, MARKER) === marker;
    (stat.pid === leader?.pid || inGroup && startedAfter(stat, leader) || marked) && members.add(stat.pid);
  }
  return addDescendants(stats, members), [...members].filter((pid) => pid !== process.pid);
}
var startedAfter = (stat, leader) => Number(stat.startTime) >= Number(leader.startTime);
function addDescendants(stats, members) {
  let children = /* @__PURE__ */ new Map();
  for (let { pid, ppid } of stats) {
    let siblings = children.get(ppid);
    siblings ? siblings.push(pid) : children.set(ppid, [pid]);
  }
  let queue = [...members].filter((pid) => pid > 1 && pid !== process.pid);
  for (let pid = queue.pop(); pid !== void 0; pid = queue.pop())
    for (let child of children.get(pid) ?? [])
      members.has(child) || (members.add(child), queue.push(child));
}
var key = (member) => `${member.pid} ${member.startTime}`;

// src/agent/entry.ts
function keyOf(identity) {
  return `${identity.id}@${identity.generation}`;
}
var MARK = "PJ_IDENTITY";
function markOf(identity, token) {
  return `${identity.lineage}/${identity.id}/${identity.generation}/${token}`;
}
function parseMark(mark) {
  let [lineage, id, generation, token, ...more] = mark.split("/");
  if (!(lineage === void 0 || id === void 0 || token === void 0 || more.length > 0) && /^\d+$/.test(generation ?? ""))
    return { lineage, id, generation: Number(generation), token };
}
function isActive(entry2) {
  return ["starting", "running", "stopping", "backoff"].includes(entry2.phase);
}

// src/agent/limits.ts
var LIMIT_POINTERS = {
  cpu: "/resources/cpu",
  memory: "/resources/memory",
  pids: "/resources/maxProcesses"
};
function tasksPointer(resources) {
  return resources?.maxThreads === void 0 ? LIMIT_POINTERS.pids : "/resources/maxThreads";
}
function limitsOf(spec) {
  let { cpu, memory, maxProcesses, maxThreads } = spec.resources ?? {};
  return { cpu: cpu ?? null, memory: memory ?? null, pids: maxThreads ?? maxProcesses ?? null };
}
function cgroupOf(host, identity) {
  return openCgroup(host, cgroupName(identity));
}
function cgroupName(identity) {
  return ["pj", identity.lineage, keyOf(identity)];
}
function applyLimits(group, spec) {
  let wanted = limitsOf(spec), report = group.setLimits(wanted), held = [];
  for (let resource of ["cpu", "memory", "pids"])
    wanted[resource] !== null && (report.notHeld.some((one) => one.resource === resource) || held.push(resource === "pids" ? tasksPointer(spec.resources) : LIMIT_POINTERS[resource]));
  return { held, refused: report.notHeld.map((one) => `${one.resource}: ${one.reason}`) };
}
function heldLimits(group, entry2) {
  let out = {};
  if (entry2.held.length === 0 || !group.exists()) return out;
  let now = group.readLimits(), wanted = limitsOf(entry2.spec);
  for (let resource of ["cpu", "memory", "pids"]) {
    let path = resource === "pids" ? tasksPointer(entry2.spec.resources) : LIMIT_POINTERS[resource], want = wanted[resource];
    if (want === null || !entry2.held.includes(path)) continue;
    let held = now[resource];
    out[path] = isHeld(resource, want, held) ? want : held ?? null;
  }
  return out;
}

// src/agent/secrecy.ts
var MAY_HOLD_SECRETS = [
  ["env"],
  ["properties"],
  ["native", "args"],
  ["native", "stopCommand"],
  ["healthCheck"]
];
function storable(spec, stored) {
  if (stored !== void 0) return stored;
  let out = spec;
  for (let path of MAY_HOLD_SECRETS) out = masked(out, path);
  return out;
}
function masked(object, path) {
  let [key2, ...rest] = path;
  if (key2 === void 0 || object[key2] === void 0) return object;
  let value = object[key2];
  return rest.length === 0 ? { ...object, [key2]: hidden(value) } : isObject(value) ? { ...object, [key2]: masked(value, rest) } : object;
}
function hidden(value) {
  return isLeaf(value) ? value : typeof value == "string" ? { $sensitive: { parts: [], digest: "" } } : Array.isArray(value) ? value.map(hidden) : isObject(value) ? Object.fromEntries(Object.entries(value).map(([key2, v]) => [key2, v === void 0 ? v : hidden(v)])) : value;
}
function learnBack(stored, running) {
  let missing = [], args = stored.native?.args ?? [], tail = args.length === 0 ? [] : running.cmdline.slice(-args.length), titleHolds = tail.length === args.length && args.every((arg, i) => isLeaf(arg) || arg === tail[i]), find = (path) => {
    let [block, name, index] = path;
    if (block === "env" || block === "properties" && stored.env?.[String(name)] === void 0)
      return path.length === 2 ? running.environ[String(name)] : void 0;
    if (block === "native" && name === "args" && titleHolds) return tail[Number(index)];
  }, walk = (value, path) => {
    if (isLeaf(value)) {
      let known = isSensitive(value) ? find(path) : void 0;
      if (known !== void 0) return known;
      let names2 = sensitiveSources(partsOf(value)).map((name) => name.replace(/^(secret|env|var)\./, ""));
      return missing.push({ path: pointer(...path), name: names2.join(", ") || String(path.at(-1)) }), value;
    }
    return Array.isArray(value) ? value.map((v, i) => walk(v, [...path, i])) : isObject(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, v === void 0 ? v : walk(v, [...path, k])])) : value;
  };
  return { spec: walk(stored, []), missing };
}
function missingForStart(missing) {
  return missing.find(({ path }) => !/^\/(healthCheck|native\/stopCommand)(\/|$)/.test(path))?.name;
}

// src/agent/world.ts
function manage(entry2, spec, missing = []) {
  return {
    entry: entry2,
    spec,
    missing,
    child: void 0,
    exit: void 0,
    onExit: /* @__PURE__ */ new Set(),
    timer: void 0,
    oomBefore: 0,
    queue: Promise.resolve(),
    unsaved: !1,
    sample: void 0
  };
}
function inTurn(managed, work) {
  let turn = managed.queue.then(work);
  return managed.queue = turn.catch(() => {
  }), turn;
}
function enter(managed, world, change, must = !1) {
  let { entry: entry2 } = managed;
  change.phase !== void 0 && change.phase !== entry2.phase && (entry2.since = world.now().toISOString()), Object.assign(entry2, change), entry2.revision += 1;
  try {
    world.registry.save(entry2), managed.unsaved = !1;
  } catch (error) {
    if (must) throw error;
    managed.unsaved = !0, world.log(`${entry2.identity.id}: ${error instanceof Error ? error.message : String(error)}; will try again`);
  }
}
async function until(done, timeoutMs, onWake) {
  let end = performance.now() + timeoutMs;
  for (let wait = 1; !done(); wait = Math.min(wait * 2, 50)) {
    let left = end - performance.now();
    if (left <= 0) return !1;
    await new Promise((resolve6) => {
      let timer = setTimeout(finish2, Math.min(wait, left)), off = onWake?.(finish2);
      function finish2() {
        clearTimeout(timer), off?.(), resolve6();
      }
    });
  }
  return !0;
}

// src/agent/recover.ts
var FORK_WINDOW = 250;
async function recover(supervisor) {
  let { world } = supervisor, { entries, broken } = world.registry.load();
  for (let { path, reason } of broken) world.log(`${path} cannot be read and is left alone: ${reason}`);
  if (entries.length === 0) return;
  let marked = /* @__PURE__ */ new Map(), scan = () => {
    marked.clear();
    for (let lineage of new Set(entries.map((entry2) => entry2.home.lineage)))
      for (let { identity, marker } of scanMarked(`${lineage}/`))
        marked.set(marker, [...marked.get(marker) ?? [], identity]);
  };
  scan();
  let isLost = (entry2) => entry2.phase === "starting" && processOf(entry2, marked) === void 0;
  entries.some(isLost) && (await (0, import_promises.setTimeout)(FORK_WINDOW), scan());
  for (let entry2 of entries)
    entry2.phase === "starting" && (entry2.process = processOf(entry2, marked) ?? null, entry2.process !== null && (entry2.phase = "running")), supervisor.all.set(keyOf(entry2.identity), takeBack(entry2, world));
  endSuperseded(entries, marked, world);
  for (let managed of supervisor.all.values()) resume(supervisor, managed);
}
function processOf(entry2, marked) {
  if (entry2.token === null) return;
  let family = marked.get(markOf(entry2.home, entry2.token)) ?? [];
  return family.find((one) => readStat(one.pid)?.session === one.pid) ?? family.toSorted((a, b) => Number(a.startTime) - Number(b.startTime))[0];
}
function takeBack(entry2, world) {
  let alive = entry2.process !== null && isAlive(entry2.process), pid = alive ? entry2.process?.pid : void 0, learnt = learnBack(
    entry2.spec,
    pid === void 0 ? { environ: {}, cmdline: [] } : { environ: readEnviron(pid), cmdline: readCmdline(pid) }
  ), managed = manage(entry2, learnt.spec, learnt.missing);
  return managed.oomBefore = alive ? cgroupOf(world.cgroups, entry2.home).oomKills() : 0, managed;
}
function endSuperseded(entries, marked, world) {
  let tokens = new Map(entries.map((entry2) => [`${entry2.home.lineage}/${keyOf(entry2.home)}`, entry2.token]));
  for (let [marker, family] of marked) {
    let mark = parseMark(marker);
    if (mark === void 0) continue;
    let current = tokens.get(`${mark.lineage}/${keyOf(mark)}`);
    if (!(current === void 0 || current === mark.token)) {
      for (let one of family) world.log(`${mark.id}: ends pid ${one.pid}, the left-over of an earlier start`);
      signalTree({ marker }, "SIGKILL");
    }
  }
}
function resume(supervisor, managed) {
  let { world } = supervisor, { entry: entry2 } = managed, { id } = entry2.identity;
  entry2.phase === "running" ? entry2.process !== null && isAlive(entry2.process) ? (enter(managed, world, {}), world.log(`${id}: taken back, pid ${entry2.process.pid}`)) : supervisor.ended(managed, entry2.token) : entry2.phase === "starting" ? (enter(managed, world, { phase: "backoff", process: null, nextStart: null }), supervisor.resumeBackoff(managed, !1)) : entry2.phase === "stopping" ? supervisor.stop(entry2.identity).catch((error) => world.log(`${id}: ${String(error)}`)) : entry2.phase === "backoff" && supervisor.resumeBackoff(managed);
}

// src/agent/registry.ts
var import_node_fs11 = require("node:fs"), import_node_path8 = require("node:path");

// src/agent/crash.ts
var import_node_process = __toESM(require("node:process"), 1), passed = 0;
function crashPoint(name) {
  let at = import_node_process.default.env.PJ_AGENT_CRASH_AT;
  at !== void 0 && (passed += 1, !(passed < Number(at)) && (import_node_process.default.stderr.write(`crash point ${passed}: ${name}
`), import_node_process.default.kill(import_node_process.default.pid, "SIGKILL")));
}

// src/agent/registry.ts
var fileOf2 = (key2) => `${key2}.json`, reasonOf = (error) => error instanceof Error ? error.message : String(error);
function parse(text) {
  let value = JSON.parse(text);
  if (!isObject(value)) throw new Error("not an object");
  if (value.version !== 1) throw new Error(`version ${JSON.stringify(value.version)} is not known to this pj`);
  if (!isObject(value.identity) || !isObject(value.spec) || typeof value.phase != "string")
    throw new Error("it is not whole");
  return value;
}
function newestOfEach(entries) {
  let byInstance = /* @__PURE__ */ new Map();
  for (let entry2 of entries) {
    let other = byInstance.get(entry2.instance);
    (other === void 0 || other.revision < entry2.revision) && byInstance.set(entry2.instance, entry2);
  }
  return [...byInstance.values()];
}
function openRegistry(project) {
  let dir = (0, import_node_path8.join)(project, ".pj", "agent"), made = !1;
  return {
    dir,
    load() {
      let entries = [], broken = [], names2 = [];
      try {
        names2 = (0, import_node_fs11.readdirSync)(dir);
      } catch (error) {
        if (error.code !== "ENOENT") throw error;
      }
      for (let name of names2.sort()) {
        if (!/@\d+\.json$/.test(name)) continue;
        let path = (0, import_node_path8.join)(dir, name);
        try {
          entries.push(parse((0, import_node_fs11.readFileSync)(path, "utf8")));
        } catch (error) {
          error.code !== "ENOENT" && broken.push({ path, reason: reasonOf(error) });
        }
      }
      return { entries: newestOfEach(entries), broken };
    },
    save(entry2) {
      let path = (0, import_node_path8.join)(dir, fileOf2(keyOf(entry2.identity)));
      crashPoint("registry:before-write");
      try {
        made || (0, import_node_fs11.mkdirSync)(dir, { recursive: !0, mode: 448 }), made = !0, (0, import_node_fs11.writeFileSync)(`${path}.tmp`, JSON.stringify(entry2), { mode: 384 }), crashPoint("registry:before-rename"), (0, import_node_fs11.renameSync)(`${path}.tmp`, path);
      } catch (error) {
        throw made = !1, new PjError("PJ5209", { path, reason: reasonOf(error) }, { cause: error });
      }
      crashPoint("registry:after-write");
    },
    remove(identity) {
      crashPoint("registry:before-remove"), (0, import_node_fs11.rmSync)((0, import_node_path8.join)(dir, fileOf2(keyOf(identity))), { force: !0 }), crashPoint("registry:after-remove");
    },
    tidy() {
      try {
        for (let name of (0, import_node_fs11.readdirSync)(dir)) name.endsWith(".json.tmp") && (0, import_node_fs11.rmSync)((0, import_node_path8.join)(dir, name), { force: !0 });
        (0, import_node_fs11.rmdirSync)(dir), made = !1;
      } catch {
      }
    }
  };
}

// src/agent/runtime-dir.ts
var import_node_crypto = __toESM(require_crypto(), 1), import_node_fs12 = require("node:fs"), import_node_os2 = __toESM(require_os(), 1), import_node_path9 = require("node:path");
var SOCKET_PATH_MAX = 107;
function projectHash(project) {
  let path = (0, import_node_path9.resolve)(project);
  try {
    path = (0, import_node_fs12.realpathSync)(path);
  } catch {
  }
  return (0, import_node_crypto.createHash)("sha256").update(path).digest("hex").slice(0, 16);
}
function runtimeDir(project, env, uid) {
  let hash = projectHash(project), own = `pj-${uid}`, candidates = [(0, import_node_path9.join)((0, import_node_os2.tmpdir)(), own, hash), (0, import_node_path9.join)("/tmp", own, hash)];
  env.XDG_RUNTIME_DIR?.startsWith("/") && candidates.unshift((0, import_node_path9.join)(env.XDG_RUNTIME_DIR, "pj", hash));
  let dir = candidates.find((dir2) => Buffer.byteLength((0, import_node_path9.join)(dir2, "agent.sock")) <= SOCKET_PATH_MAX) ?? (0, import_node_path9.join)("/tmp", own, hash);
  return { dir, socket: (0, import_node_path9.join)(dir, "agent.sock") };
}
function verifyPrivate(dir, uid) {
  let stat = (0, import_node_fs12.lstatSync)(dir, { throwIfNoEntry: !1 });
  if (stat === void 0) return !1;
  let refuse = (problem) => {
    throw new PjError("PJ5202", { path: dir, problem });
  };
  return stat.isDirectory() || refuse("it is not a folder"), stat.uid !== uid && refuse(`it belongs to uid ${stat.uid}, not to you (uid ${uid})`), (stat.mode & 63) !== 0 && refuse(`others may use it (mode ${(stat.mode & 511).toString(8)}, should be 700)`), !0;
}
function makeRuntimeDir(dir, uid) {
  for (let path of [(0, import_node_path9.dirname)(dir), dir]) {
    try {
      (0, import_node_fs12.mkdirSync)(path, { mode: 448, recursive: !1 });
    } catch (error) {
      if (error.code === "ENOENT") (0, import_node_fs12.mkdirSync)(path, { mode: 448, recursive: !0 });
      else if (error.code !== "EEXIST") throw error;
    }
    verifyPrivate(path, uid);
  }
}
function removeRuntimeDir(dir) {
  for (let path of [dir, (0, import_node_path9.dirname)(dir)])
    try {
      (0, import_node_fs12.rmdirSync)(path);
    } catch {
      return;
    }
}

// src/agent/server.ts
var import_node_fs13 = require("node:fs"), import_node_net = __toESM(require_net(), 1);

// src/agent/halt.ts
var import_node_child_process2 = __toESM(require_child_process(), 1);

// src/model/spec.ts
var DEFAULT_RESTART = {
  policy: "on-failure",
  maxAttempts: 5,
  delay: 1,
  maxDelay: 60,
  resetAfter: 30
}, DEFAULT_STOP = { signal: "SIGTERM", gracePeriod: 10 };
function restartPolicy(spec) {
  return { ...isJob(spec) ? { ...DEFAULT_RESTART, policy: "no" } : DEFAULT_RESTART, ...spec.restart };
}
function stopPolicy(spec) {
  return { ...DEFAULT_STOP, ...spec.stop };
}
function isJob(spec) {
  return spec.native?.type === "job";
}

// src/agent/halt.ts
var KILL_DEADLINE = 5e3;
function rootOf(managed, world) {
  let { entry: entry2 } = managed, root2 = {};
  entry2.process !== null && (root2.identity = entry2.process), entry2.token !== null && !entry2.imported && (root2.marker = markOf(entry2.home, entry2.token));
  let group = cgroupOf(world.cgroups, entry2.home);
  return group.exists() && (root2.cgroup = group), root2;
}
function mayLive(managed, world) {
  let { entry: entry2 } = managed, group = cgroupOf(world.cgroups, entry2.home);
  return group.exists() ? group.populated() : (entry2.phase === "starting" || entry2.phase === "running" || entry2.phase === "stopping") && membersOf(managed, world).length > 0;
}
function membersOf(managed, world) {
  return treePids(rootOf(managed, world));
}
async function halt(managed, world, how) {
  let { entry: entry2 } = managed, root2 = rootOf(managed, world), empty = () => treePids(root2).length === 0, onWake = (wake) => (managed.onExit.add(wake), () => managed.onExit.delete(wake));
  if (empty()) return;
  if (!how.atOnce) {
    let { signal, gracePeriod } = stopPolicy(managed.spec), end = performance.now() + gracePeriod * 1e3, command = managed.spec.native?.stopCommand, usable = command?.every((arg) => typeof arg == "string") === !0 ? command : void 0;
    if (usable !== void 0 ? await runStopCommand(managed, world, usable, gracePeriod * 1e3) : (command !== void 0 && world.log(`${entry2.identity.id}: a secret of the stop command is not known here; ${signal} is sent instead`), signalTree(root2, signal)), await until(empty, end - performance.now(), onWake)) return;
    world.log(`${entry2.identity.id}: did not end within ${gracePeriod} s; killing it`);
  }
  if (signalTree(root2, "SIGKILL"), !await until(
    () => {
      let left = treePids(root2);
      return left.length > 0 && signalTree(root2, "SIGKILL"), left.length === 0;
    },
    KILL_DEADLINE,
    onWake
  )) {
    let pids = treePids(root2).map((one) => one.pid);
    throw new PjError("PJ5303", {
      id: entry2.identity.id,
      reason: `pid ${pids.join(", ")} still there ${KILL_DEADLINE / 1e3} s after SIGKILL`
    });
  }
}
async function runStopCommand(managed, world, argv, timeoutMs) {
  let { entry: entry2, spec } = managed, [command, ...args] = argv;
  if (command === void 0) return;
  let problem = await new Promise((resolve6) => {
    let child = (0, import_node_child_process2.spawn)(command, args, {
      cwd: entry2.workdir,
      env: { ...entry2.base, ...spec.properties, ...spec.env, PJ_PID: String(entry2.process?.pid ?? "") },
      stdio: "ignore",
      detached: !0
    }), timer = setTimeout(() => {
      try {
        child.pid !== void 0 && process.kill(-child.pid, "SIGKILL");
      } catch {
      }
      resolve6(`did not end within ${timeoutMs / 1e3} s`);
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer), resolve6(error.message);
    }), child.once("exit", (code, signal) => {
      clearTimeout(timer), resolve6(code === 0 ? void 0 : `exited ${signal ?? code}`);
    });
  });
  problem !== void 0 && world.log(`${entry2.identity.id}: the stop command failed: ${problem}`);
}

// src/agent/sample.ts
var SHORTEST = 100;
async function sample(instances, world) {
  let first = instances.filter((one) => one.sample === void 0 || Date.now() - one.sample.atMs < SHORTEST);
  for (let one of first) one.sample = { cpuUsec: read(one, world)?.cpuUsec ?? 0, atMs: Date.now() };
  return first.length > 0 && await new Promise((resolve6) => setTimeout(resolve6, SHORTEST)), instances.map((one) => {
    let now = read(one, world), id = one.entry.identity.id;
    if (now === void 0)
      return one.sample = void 0, { id };
    let { cpuUsec, ...usage } = now, atMs = Date.now(), before = one.sample;
    return one.sample = { cpuUsec, atMs }, before === void 0 || cpuUsec < before.cpuUsec || atMs <= before.atMs ? { id, ...usage } : { id, ...usage, cpu: (cpuUsec - before.cpuUsec) / 1e3 / (atMs - before.atMs) };
  });
}
function read(managed, world) {
  let root2 = rootOf(managed, world), members = treePids(root2);
  if (members.length === 0) return;
  let stats = members.flatMap(({ pid }) => readStat(pid) ?? []), threads = stats.reduce((sum, stat) => sum + stat.threads, 0);
  if (root2.cgroup !== void 0) {
    let { cpuUsec, memory } = root2.cgroup.usage();
    return { cpuUsec, memory, processes: members.length, threads };
  }
  return {
    cpuUsec: stats.reduce((sum, stat) => sum + (stat.utime + stat.stime) * 1e3, 0),
    memory: stats.reduce((sum, stat) => sum + stat.rss, 0),
    processes: members.length,
    threads
  };
}
function pick(all, keys) {
  return keys.flatMap((key2) => all.get(key2) ?? []);
}

// src/agent/wire.ts
var import_node_string_decoder = require("node:string_decoder");
var PROTOCOL = 1, MAX_LINE = 16 * 1024 * 1024;
function send(socket, message) {
  return socket.destroyed || !socket.writable ? !1 : (socket.write(`${JSON.stringify(message)}
`), !0);
}
function receive(socket, take) {
  let decoder = new import_node_string_decoder.StringDecoder("utf8"), rest = "";
  socket.on("data", (chunk) => {
    if (rest += decoder.write(chunk), rest.length > MAX_LINE) return void socket.destroy(new Error("a message is too long"));
    if (!rest.includes(`
`)) return;
    let lines = rest.split(`
`);
    rest = lines.pop() ?? "";
    for (let line2 of lines) {
      let message;
      try {
        message = JSON.parse(line2);
      } catch {
        return void socket.destroy(new Error("a message is not JSON"));
      }
      if (!isObject(message)) return void socket.destroy(new Error("a message is not an object"));
      take(message);
    }
  });
}
function toWire(thrown) {
  if (thrown instanceof PjError) {
    let { code, message, details, advice } = thrown;
    return advice === void 0 ? { code, message, details } : { code, message, details, advice };
  }
  let what = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "PJ9001", message: what, details: { what: `agent: ${what}` } };
}

// src/agent/server.ts
function handlers({ supervisor, info, end }) {
  return {
    hello: ({ protocol }) => {
      if (protocol !== PROTOCOL) throw new PjError("PJ5204", { theirs: PROTOCOL, ours: protocol });
      return Promise.resolve(info());
    },
    create: (call) => supervisor.create(call),
    start: (call) => supervisor.start(call),
    stop: ({ identity, instance }) => supervisor.stop(identity, instance),
    update: (call) => supervisor.update(call),
    destroy: async ({ identity, instance, destroyVolumes }) => (await supervisor.destroy(identity, destroyVolumes, instance), null),
    adopt: (call) => supervisor.adopt(call),
    look: ({ ids }) => supervisor.look(ids),
    orphans: ({ lineage }) => Promise.resolve(supervisor.orphans(lineage)),
    sample: ({ keys }) => sample(pick(supervisor.all, keys), supervisor.world),
    info: () => Promise.resolve(info()),
    shutdown: () => {
      let left = supervisor.active();
      return end(), Promise.resolve({ left });
    },
    shutdownIfIdle: () => {
      let ending = supervisor.active().length === 0;
      return ending && end(), Promise.resolve({ ending });
    }
  };
}
var AgentServer = class {
  server;
  open = /* @__PURE__ */ new Set();
  table;
  /** Calls under way. */
  busy = 0;
  /** When the last call ended, in performance.now() ms. */
  lastCall = performance.now();
  constructor(host) {
    this.table = handlers(host), this.server = (0, import_node_net.createServer)((socket) => this.accept(socket));
  }
  /** Listens. A socket file that is in the way is a dead agent's, since the caller holds the lock: removed. */
  async listen(path) {
    (0, import_node_fs13.rmSync)(path, { force: !0 });
    let before = process.umask(127);
    try {
      await new Promise((resolve6, reject) => {
        this.server.once("error", reject), this.server.listen(path, resolve6);
      });
    } finally {
      process.umask(before);
    }
    (0, import_node_fs13.chmodSync)(path, 384);
  }
  /** Connections open now. */
  get connections() {
    return this.open.size;
  }
  /** Takes no more connections and ends the open ones. */
  close() {
    for (let socket of this.open) socket.end();
    return new Promise((resolve6) => {
      this.server.close(() => resolve6()), setTimeout(() => {
        for (let socket of this.open) socket.destroy();
      }, 200).unref();
    });
  }
  accept(socket) {
    this.open.add(socket), socket.on("close", () => this.open.delete(socket)), socket.on("error", () => {
    });
    let greeted = !1;
    receive(socket, (message) => {
      let { id, method, params } = message;
      if (typeof id != "number") return void socket.destroy();
      if (typeof method != "string" || !Object.hasOwn(this.table, method)) {
        send(socket, { id, error: toWire(new PjError("PJ5208", { method: String(method) })) });
        return;
      }
      if (!greeted && method !== "hello") {
        let error = new PjError("PJ5210", { method, reason: "hello comes first" });
        send(socket, { id, error: toWire(error) });
        return;
      }
      greeted = !0, this.answer(socket, id, method, isObject(params) ? params : {});
    });
  }
  async answer(socket, id, method, params) {
    this.busy += 1;
    try {
      checkParams(method, params);
      let call = this.table[method], result = await call(params);
      send(socket, { id, result: result ?? null });
    } catch (error) {
      send(socket, { id, error: toWire(error) });
    } finally {
      this.busy -= 1, this.lastCall = performance.now();
    }
  }
};
function checkParams(method, params) {
  let refuse = (reason) => {
    throw new PjError("PJ5210", { method, reason });
  }, { identity, spec } = params;
  if (["create", "start", "update", "adopt", "stop", "destroy"].includes(method)) {
    if (!isObject(identity)) throw new PjError("PJ5210", { method, reason: "it names no workload" });
    let { id, lineage, generation } = identity;
    (typeof id != "string" || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) && refuse("the id is not one"), (typeof lineage != "string" || !/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(lineage)) && refuse("the lineage is not one"), (!Number.isSafeInteger(generation) || Number(generation) < 0) && refuse("the generation is not a number");
  }
  ["create", "start", "update", "adopt"].includes(method) && !isObject(spec) && refuse("it has no spec");
}

// src/agent/single.ts
var import_node_fs14 = require("node:fs"), import_node_path10 = require("node:path");
var NAME = /^lock-(\d+)-(\d+)-([0-9a-f-]+)$/, nameOf = (me) => `lock-${me.pid}-${me.startTime}-${me.bootId}`;
function lockHolders(dir) {
  let names2;
  try {
    names2 = (0, import_node_fs14.readdirSync)(dir);
  } catch {
    return [];
  }
  let alive = [];
  for (let name of names2) {
    let match = NAME.exec(name);
    if (match === null) continue;
    let [, pid, startTime, bootId2] = match, identity = { pid: Number(pid), startTime: startTime ?? "", bootId: bootId2 ?? "" };
    isAlive(identity) ? alive.push(identity) : (0, import_node_fs14.rmSync)((0, import_node_path10.join)(dir, name), { force: !0 });
  }
  return alive;
}
async function acquireSingle(dir, me, options = { deadline: 300, random: Math.random }) {
  (0, import_node_fs14.mkdirSync)(dir, { recursive: !0, mode: 448 });
  let path = (0, import_node_path10.join)(dir, nameOf(me)), end = Date.now() + options.deadline;
  for (; ; ) {
    if ((0, import_node_fs14.closeSync)((0, import_node_fs14.openSync)(path, "w", 384)), lockHolders(dir).filter((one) => one.pid !== me.pid).length === 0) return { release: () => (0, import_node_fs14.rmSync)(path, { force: !0 }) };
    if ((0, import_node_fs14.rmSync)(path, { force: !0 }), Date.now() >= end) return;
    await new Promise((resolve6) => setTimeout(resolve6, 5 + options.random() * 40));
  }
}

// src/agent/supervisor.ts
var import_node_crypto4 = __toESM(require_crypto(), 1);

// src/agent/backoff.ts
function succeeded(spec, exit) {
  return exit.known && exit.signal === null && (spec.native?.successExitCodes ?? [0]).includes(exit.code ?? -1);
}
function backoffDelay(policy, attempt, random) {
  let seconds = Math.min(policy.maxDelay, policy.delay * 2 ** Math.min(attempt - 1, 40));
  return Math.min(policy.maxDelay, seconds * (0.75 + random() * 0.5)) * 1e3;
}
function afterExit(spec, exit, attempts, ranMs, random) {
  let ok = succeeded(spec, exit);
  if (isJob(spec) && ok) return { next: "completed" };
  let policy = restartPolicy(spec);
  if (policy.policy === "no" || policy.policy === "on-failure" && ok) return { next: "failed", reason: null };
  let before = ranMs !== void 0 && ranMs >= policy.resetAfter * 1e3 ? 0 : attempts;
  return policy.maxAttempts > 0 && before >= policy.maxAttempts ? { next: "failed", reason: `given up after ${before} restart${before === 1 ? "" : "s"}` } : { next: "restart", delayMs: backoffDelay(policy, before + 1, random), attempts: before + 1 };
}

// src/agent/launch.ts
var import_node_child_process3 = __toESM(require_child_process(), 1), import_node_crypto2 = __toESM(require_crypto(), 1), import_node_fs18 = require("node:fs"), import_node_path13 = require("node:path");

// src/agent/volumes.ts
var import_node_fs15 = require("node:fs"), import_node_path11 = require("node:path");
var root = (project) => (0, import_node_path11.join)(project, ".pj", "volumes");
function volumeName(volume) {
  return (volume.name ?? volume.path).replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[-.]+|-+$/g, "") || "volume";
}
function volumeDir(project, identity, volume) {
  if (volume.type === "bind") return (0, import_node_path11.resolve)(project, volume.source ?? volume.path);
  let owner = volume.type === "persistent" ? identity.id : keyOf(identity);
  return (0, import_node_path11.join)(root(project), owner, volumeName(volume));
}
function volumeEnv(project, identity, spec) {
  let env = {};
  for (let volume of spec.volumes ?? [])
    env[`PJ_VOLUME_${volumeName(volume).toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`] = volumeDir(project, identity, volume);
  return env;
}
function makeVolumes(project, identity, spec, workdir, own = () => {
}) {
  for (let volume of spec.volumes ?? []) {
    let dir = volumeDir(project, identity, volume), refuse = (reason, cause) => {
      throw new PjError("PJ5307", { volume: volumeName(volume), id: identity.id, reason }, { cause });
    };
    volume.type === "tmpfs" && refuse("a native process cannot have a tmpfs of its own; use an ephemeral volume");
    try {
      volume.type === "bind" ? (0, import_node_fs15.lstatSync)(dir, { throwIfNoEntry: !1 }) === void 0 && refuse(`${dir} does not exist`) : (0, import_node_fs15.mkdirSync)(dir, { recursive: !0, mode: 448 }) !== void 0 && own(dir);
      let link = workdir === void 0 ? void 0 : linkOf(volume, workdir);
      if (link === void 0 || link === dir) continue;
      let there = (0, import_node_fs15.lstatSync)(link, { throwIfNoEntry: !1 }), leads = there?.isSymbolicLink() === !0 ? (0, import_node_fs15.readlinkSync)(link) : void 0;
      if (leads === dir) continue;
      there !== void 0 && !(leads !== void 0 && isOwn(project, identity.id, leads)) && refuse(`something else stands at ${link}, where the link to it belongs`), there !== void 0 && (0, import_node_fs15.rmSync)(link), (0, import_node_fs15.mkdirSync)((0, import_node_path11.dirname)(link), { recursive: !0 }), (0, import_node_fs15.symlinkSync)(dir, link);
    } catch (error) {
      if (error instanceof PjError) throw error;
      refuse(error instanceof Error ? error.message : String(error), error);
    }
  }
}
function removeVolumes(project, identity, spec, workdir, options) {
  for (let volume of spec.volumes ?? []) {
    let dir = volumeDir(project, identity, volume), link = linkOf(volume, workdir);
    link !== void 0 && !options.shared && leadsTo(link, dir) && (0, import_node_fs15.rmSync)(link, { force: !0 }), (volume.type === "ephemeral" || volume.type === "persistent" && options.persistent && !options.shared) && ((0, import_node_fs15.rmSync)(dir, { recursive: !0, force: !0 }), tidy((0, import_node_path11.dirname)(dir), (0, import_node_path11.dirname)(root(project))));
  }
}
function isOwn(project, id, path) {
  let [owner] = (0, import_node_path11.relative)(root(project), path).split("/");
  return owner === id || (owner?.startsWith(`${id}@`) ?? !1);
}
function linkOf(volume, workdir) {
  return (0, import_node_path11.isAbsolute)(volume.path) ? void 0 : (0, import_node_path11.join)(workdir, volume.path);
}
function leadsTo(link, dir) {
  return (0, import_node_fs15.lstatSync)(link, { throwIfNoEntry: !1 })?.isSymbolicLink() === !0 && (0, import_node_fs15.readlinkSync)(link) === dir;
}
function tidy(from, stop) {
  for (let dir = from; dir !== stop && dir.startsWith(stop); dir = (0, import_node_path11.dirname)(dir))
    try {
      (0, import_node_fs15.rmdirSync)(dir);
    } catch {
      return;
    }
}

// src/agent/environment.ts
function processEnvironment(project, identity, spec, base, user, token) {
  let own = user === void 0 ? {} : { HOME: user.home, USER: user.name, LOGNAME: user.name }, login = { ...base };
  return user !== void 0 && delete login.XDG_RUNTIME_DIR, {
    ...login,
    ...own,
    ...volumeEnv(project, identity, spec),
    ...spec.properties,
    ...spec.env,
    [MARK]: markOf(identity, token)
  };
}

// src/agent/log-files.ts
var import_node_fs16 = require("node:fs"), import_node_path12 = require("node:path");
function logFiles(project, id) {
  let dir = (0, import_node_path12.join)(project, ".pj", "logs");
  return { out: (0, import_node_path12.join)(dir, `${id}.out.log`), err: (0, import_node_path12.join)(dir, `${id}.err.log`) };
}
function agentLog(project) {
  return (0, import_node_path12.join)(project, ".pj", "logs", "agent.log");
}
function openLog(path, owner) {
  let flags = import_node_fs16.constants.O_WRONLY | import_node_fs16.constants.O_APPEND | import_node_fs16.constants.O_CREAT | import_node_fs16.constants.O_NOFOLLOW, fd;
  try {
    fd = (0, import_node_fs16.openSync)(path, flags, 384);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    (0, import_node_fs16.mkdirSync)((0, import_node_path12.dirname)(path), { recursive: !0, mode: 448 }), fd = (0, import_node_fs16.openSync)(path, flags, 384);
  }
  if (owner !== void 0 && (0, import_node_fs16.fstatSync)(fd).uid !== owner.uid)
    try {
      (0, import_node_fs16.fchownSync)(fd, owner.uid, owner.gid);
    } catch (error) {
      throw (0, import_node_fs16.closeSync)(fd), error;
    }
  return fd;
}
function lastLines(path, count, from = 0, bytes = 4096) {
  let fd;
  try {
    fd = (0, import_node_fs16.openSync)(path, "r");
  } catch {
    return [];
  }
  try {
    let { size } = (0, import_node_fs16.fstatSync)(fd), start = Math.max(from, size - bytes, 0), buffer = Buffer.alloc(Math.max(0, size - start)), read2 = (0, import_node_fs16.readSync)(fd, buffer, 0, buffer.length, start);
    return buffer.toString("utf8", 0, read2).split(`
`).filter((line2) => line2.trim() !== "").slice(-count);
  } finally {
    (0, import_node_fs16.closeSync)(fd);
  }
}

// src/agent/sighting.ts
var import_node_fs17 = require("node:fs");
function stampOf(path) {
  try {
    let stat = (0, import_node_fs17.statSync)(path, { bigint: !0 });
    return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  } catch {
    return null;
  }
}
function binaryOf(path) {
  let stamp2 = stampOf(path);
  return stamp2 === null ? null : { path, stamp: stamp2 };
}
function sight(entry2, host, watched) {
  let alive = entry2.process !== null && isAlive(entry2.process);
  return {
    entry: entry2,
    alive,
    pid: alive ? entry2.process?.pid ?? null : null,
    limits: alive ? heldLimits(cgroupOf(host, entry2.home), entry2) : {},
    stampNow: entry2.binary === null ? null : stampOf(entry2.binary.path),
    watched
  };
}

// src/agent/launch.ts
var EXEC_DEADLINE = 5e3;
function workdirOf(project, spec) {
  return (0, import_node_path13.resolve)(project, spec.native?.workdir ?? ".");
}
async function launch(managed, world, how, onEnd) {
  let { entry: entry2 } = managed, { id } = entry2.identity, prepared = prepare(managed, world), { argv } = prepared.launch;
  enter(
    managed,
    world,
    {
      phase: "starting",
      token: prepared.token,
      process: null,
      imported: !1,
      startedAt: world.now().toISOString(),
      reason: null,
      nextStart: null,
      held: prepared.held,
      ...how.fresh || entry2.binary === null ? { binary: prepared.binary } : {}
    },
    !0
  ), crashPoint("start:before-spawn");
  let logs = logFiles(world.project, entry2.home.id), errorsFrom = (0, import_node_fs18.statSync)(logs.err, { throwIfNoEntry: !1 })?.size ?? 0, child = await spawnLogged(prepared, entry2.workdir, logs).catch((error) => {
    throw new PjError("PJ5301", { id, reason: explain(error, argv[0] ?? "") }, { cause: error });
  });
  crashPoint("start:after-spawn");
  let identity = identifyChild(child.pid ?? 0);
  managed.child = child, managed.exit = void 0, child.once("exit", (code, signal) => {
    if (managed.child !== child) return;
    let kills = cgroupOf(world.cgroups, entry2.home).oomKills(), exit = {
      known: !0,
      code,
      signal,
      oomKilled: kills > managed.oomBefore,
      at: world.now().toISOString()
    };
    managed.exit = exit;
    for (let wake of [...managed.onExit]) wake();
    onEnd(prepared.token);
  }), enter(managed, world, { phase: "running", process: identity }), await begun(managed, prepared, { path: logs.err, from: errorsFrom });
}
function prepare(managed, world) {
  let { entry: entry2, spec } = managed, { identity, home, workdir } = entry2, refuse = (reason, cause) => {
    throw new PjError("PJ5301", { id: identity.id, reason }, { cause });
  }, secret = missingForStart(managed.missing);
  if (secret !== void 0) throw new PjError("PJ5302", { name: secret });
  let { native } = spec;
  if (native === void 0) return refuse("it has no `native` block");
  (0, import_node_fs18.statSync)(workdir, { throwIfNoEntry: !1 })?.isDirectory() || refuse(`the working directory ${workdir} is not there`);
  let user = native.user === void 0 ? void 0 : lookupUser(String(native.user)), token = (0, import_node_crypto2.randomBytes)(12).toString("hex"), env = processEnvironment(world.project, home, spec, entry2.base, user, token), resolved = resolveCommand(native.command, { cwd: world.project, path: env.PATH ?? "" }), command = resolved.path ?? refuse(resolved.reason ?? "its command is not there");
  makeVolumes(world.project, home, spec, workdir, (dir) => handOver(world.project, dir, user));
  let group = cgroupOf(world.cgroups, home), held = [];
  if (world.cgroups.writable)
    try {
      group.create();
      let limits = applyLimits(group, spec);
      held = limits.held;
      for (let reason of limits.refused) world.log(`${identity.id}: limit not held: ${reason}`);
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error), error);
    }
  return managed.oomBefore = group.oomKills(), { launch: buildLaunch({
    command,
    args: native.args ?? [],
    user: native.user,
    group: native.group,
    umask: native.umask,
    rlimits: native.rlimits,
    security: spec.security,
    cgroupProcs: world.cgroups.writable ? group.procsFiles() : [],
    workdir,
    tools: world.tools()
  }), command, env, token, user, binary: binaryOf(command), held };
}
function handOver(project, dir, user) {
  if (!(user === void 0 || user.uid === process.geteuid?.())) {
    (0, import_node_fs18.chownSync)(dir, user.uid, user.gid);
    for (let path of [(0, import_node_path13.join)(project, ".pj"), (0, import_node_path13.join)(project, ".pj", "volumes"), (0, import_node_path13.resolve)(dir, "..")])
      (0, import_node_fs18.chmodSync)(path, 457);
  }
}
async function spawnLogged({ launch: launch2, env, user }, cwd, logs) {
  let [file = "", ...args] = launch2.argv, owner = user === void 0 || process.geteuid?.() !== 0 ? void 0 : user, out = openLog(logs.out, owner), child;
  try {
    let err = openLog(logs.err, owner);
    try {
      child = (0, import_node_child_process3.spawn)(file, args, { cwd, env, detached: !0, stdio: ["ignore", out, err] });
    } finally {
      (0, import_node_fs18.closeSync)(err);
    }
  } finally {
    (0, import_node_fs18.closeSync)(out);
  }
  return child.pid === void 0 && await new Promise((_, reject) => child.once("error", reject)), child.on("error", () => {
  }), child;
}
function identifyChild(pid) {
  let stat = readStat(pid), boot = bootId();
  return stat === void 0 || boot === void 0 ? null : { pid, startTime: stat.startTime, bootId: boot };
}
async function begun(managed, prepared, errors) {
  let { argv, needs, monitored } = prepared.launch, pid = managed.child?.pid;
  if (needs.length === 0 || pid === void 0) return;
  let own = 1 + (managed.spec.native?.args?.length ?? 0), preparing = () => {
    let now = readCmdline(pid);
    return monitored && now[0]?.endsWith("bwrap") === !0 ? !1 : now.length > own && now.every((arg, i) => arg === argv[argv.length - now.length + i]);
  };
  await until(() => managed.exit !== void 0 || !preparing(), EXEC_DEADLINE, (call) => (managed.onExit.add(call), () => managed.onExit.delete(call)));
  let { exit } = managed;
  if (exit === void 0 || exit.code === 0) return;
  let said = lastLines(errors.path, 3, errors.from), tools = ["pj-launch", ...needs].map((name) => `${(0, import_node_path13.basename)(name)}: `), line2 = said.find((text) => tools.some((tool) => text.startsWith(tool)));
  if (line2 === void 0) return;
  let how = describeExit(exit.code, exit.signal);
  throw new PjError("PJ5301", { id: managed.entry.identity.id, reason: `${line2} (${how})` });
}
function explain(error, file) {
  let code = error.code;
  return code === "ENOENT" ? `${file} is not there` : code === "EACCES" ? `${file} may not be executed` : code === "E2BIG" ? "its arguments and environment are longer than the kernel allows" : code === "EAGAIN" ? "the kernel allows no further process (a limit on processes is reached)" : error instanceof Error ? error.message : String(error);
}

// src/agent/move-home.ts
var import_node_fs23 = require("node:fs"), import_node_path16 = require("node:path");

// src/logs/layout.ts
var import_node_fs21 = require("node:fs"), import_node_path15 = require("node:path");

// src/logs/position.ts
var import_node_fs20 = require("node:fs");

// src/os/atomic-file.ts
var import_node_crypto3 = __toESM(require_crypto(), 1), import_node_fs19 = require("node:fs"), import_node_path14 = require("node:path");
function writeFileAtomic(path, data, { mode = 384, fsync = !0 } = {}) {
  let folder = (0, import_node_path14.dirname)(path), temporary = (0, import_node_path14.join)(folder, `.${(0, import_node_path14.basename)(path)}.${(0, import_node_crypto3.randomBytes)(6).toString("hex")}.tmp`), made = !1;
  try {
    let fd = (0, import_node_fs19.openSync)(temporary, "wx", mode);
    made = !0;
    try {
      (0, import_node_fs19.fchmodSync)(fd, mode), (0, import_node_fs19.writeFileSync)(fd, data), fsync && (0, import_node_fs19.fsyncSync)(fd);
    } finally {
      (0, import_node_fs19.closeSync)(fd);
    }
    (0, import_node_fs19.renameSync)(temporary, path), made = !1, fsync && fsyncFolder(folder);
  } catch (thrown) {
    throw made && removeQuietly(temporary), new PjError("PJ5071", { path, reason: errno(thrown) ?? String(thrown) }, { cause: thrown });
  }
}
function fsyncFolder(folder) {
  let fd = (0, import_node_fs19.openSync)(folder, "r");
  try {
    (0, import_node_fs19.fsyncSync)(fd);
  } finally {
    (0, import_node_fs19.closeSync)(fd);
  }
}
function removeQuietly(path) {
  try {
    (0, import_node_fs19.unlinkSync)(path);
  } catch {
  }
}

// src/logs/position.ts
var positionFile = (path) => `${path}.rotation`, copyFile = (path) => `${path}.rot`, indexFile = (path) => `${path}.idx`;
function positionText(path) {
  try {
    return (0, import_node_fs20.readFileSync)(positionFile(path), "utf8");
  } catch (thrown) {
    if (errno(thrown) === "ENOENT") return "";
    throw thrown;
  }
}
function parsePosition(text) {
  try {
    let { base, hole, pending } = JSON.parse(text);
    return !Number.isSafeInteger(base) || !Number.isSafeInteger(hole) ? { base: 0, hole: 0 } : { base: base ?? 0, hole: hole ?? 0, ...pending === void 0 ? {} : { pending } };
  } catch {
    return { base: 0, hole: 0 };
  }
}
function writePosition(path, position) {
  writeFileAtomic(positionFile(path), JSON.stringify(position));
}

// src/logs/layout.ts
function layoutOf(path) {
  for (let attempt = 0; ; attempt++) {
    let version = layoutVersion(path), layout = build(path, version);
    if (layoutVersion(path) === version || attempt === 100) return layout;
  }
}
function layoutVersion(path) {
  let text = positionText(path), { pending } = parsePosition(text);
  return pending === void 0 ? text : `${text}${statOf(copyFile(path)) === void 0 ? "" : " copying"}${hasToken(path, pending) ? " stamped" : ""}`;
}
function rotatedNumbers(path) {
  let prefix = `${(0, import_node_path15.basename)(path)}.`;
  return names((0, import_node_path15.dirname)(path)).filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,8}$/.test(name.slice(prefix.length))).map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b);
}
function logFiles2(path) {
  return [...[path, ...rotatedNumbers(path).map((n) => `${path}.${n}`)], positionFile(path), copyFile(path), indexFile(path)].filter((file) => statOf(file) !== void 0);
}
function hasToken(path, pending) {
  try {
    let fd = (0, import_node_fs21.openSync)(path, "r");
    try {
      let head = Buffer.alloc(pending.token.length);
      return (0, import_node_fs21.readSync)(fd, head, 0, head.length, 0) === head.length && head.toString("latin1") === pending.token;
    } finally {
      (0, import_node_fs21.closeSync)(fd);
    }
  } catch (thrown) {
    if (errno(thrown) === "ENOENT") return !1;
    throw thrown;
  }
}
function settled(path, position) {
  let { base, hole, pending } = position, live = statOf(path);
  if (pending !== void 0 && statOf(copyFile(path)) === void 0) {
    if (live !== void 0 && live.ino !== pending.inode) return { base: base + pending.end, hole: 0 };
    if (!(pending.how !== "punch" && pending.stamped && !hasToken(path, pending))) return { base, hole: pending.end };
    let rotated = statOf(`${path}.1`)?.size ?? pending.end - hole;
    return { base: pending.how === "truncate" ? base + hole + rotated : base + pending.end, hole: 0 };
  }
  return live !== void 0 && live.size < hole ? { base: base + hole, hole: 0 } : { base, hole };
}
function build(path, version) {
  let position = parsePosition(positionText(path)), { base, hole } = settled(path, position), live = statOf(path), { pending } = position, youngest = pending !== void 0 && hole === pending.end ? pending.end - position.hole : void 0, segments = [], start = base + hole, seen = /* @__PURE__ */ new Set(), highest = (rotatedNumbers(path).at(-1) ?? 0) + 1;
  for (let n = 1; n <= highest; n++) {
    let file = `${path}.${n}`, stat = statOf(file);
    if (stat === void 0 || seen.has(stat.ino)) continue;
    seen.add(stat.ino);
    let size = Math.min(stat.size, (segments.length === 0 ? youngest : void 0) ?? stat.size);
    segments.unshift({ file, inode: stat.ino, from: 0, start: start - size, end: start }), start -= size;
  }
  return live !== void 0 && segments.push({ file: path, inode: live.ino, from: hole, start: base + hole, end: Number.POSITIVE_INFINITY }), { segments, size: base + Math.max(hole, live?.size ?? 0), version };
}
function statOf(file) {
  try {
    return (0, import_node_fs21.statSync)(file);
  } catch (thrown) {
    if (errno(thrown) === "ENOENT") return;
    throw thrown;
  }
}
function names(folder) {
  try {
    return (0, import_node_fs21.readdirSync)((0, import_node_path15.join)(folder));
  } catch (thrown) {
    if (errno(thrown) === "ENOENT") return [];
    throw thrown;
  }
}

// src/logs/read-at.ts
var import_promises2 = __toESM(require_promises2(), 1);

// src/logs/time-index.ts
var import_node_fs22 = require("node:fs");
var MAX_INDEX = 131072;
function appendTimeIndex(path, now) {
  let live = statOf(path);
  if (live === void 0) return;
  let file = indexFile(path), index = statOf(file);
  if (index !== void 0 && live.mtimeMs < index.mtimeMs) return;
  let { size } = layoutOf(path), last = index === void 0 ? void 0 : readTimeIndex(path).at(-1);
  if (!(last !== void 0 && last.size === size)) {
    if (index !== void 0 && index.size > MAX_INDEX) {
      let kept = readTimeIndex(path);
      writeFileAtomic(
        file,
        kept.slice(kept.length >> 1).map(line).join(""),
        { fsync: !1 }
      );
    }
    (0, import_node_fs22.appendFileSync)(file, line({ time: now, size }), { mode: 384 });
  }
}
function readTimeIndex(path) {
  try {
    return (0, import_node_fs22.readFileSync)(indexFile(path), "utf8").split(`
`).slice(0, -1).flatMap((text) => {
      let match = /^(\d{1,15}) (\d{1,15})$/.exec(text);
      return match ? [{ time: Number(match[1]), size: Number(match[2]) }] : [];
    });
  } catch (thrown) {
    if (errno(thrown) === "ENOENT") return [];
    throw thrown;
  }
}
var line = ({ time, size }) => `${time} ${size}
`;

// src/agent/move-home.ts
function moveHome(project, { home, identity, workdir }, spec) {
  removeVolumes(project, home, spec, workdir, { persistent: !1, shared: !1 });
  let volumes = (0, import_node_path16.join)(project, ".pj", "volumes");
  move((0, import_node_path16.join)(volumes, home.id), (0, import_node_path16.join)(volumes, identity.id)), move((0, import_node_path16.join)(volumes, keyOf(home)), (0, import_node_path16.join)(volumes, keyOf(identity)));
  let [from, to] = [logFiles(project, home.id), logFiles(project, identity.id)];
  for (let stream of ["out", "err"])
    for (let file of logFiles2(from[stream])) move(file, to[stream] + file.slice(from[stream].length));
}
function move(from, to) {
  from !== to && (0, import_node_fs23.existsSync)(from) && !(0, import_node_fs23.existsSync)(to) && (0, import_node_fs23.renameSync)(from, to);
}

// src/agent/move-in.ts
function moveIn(host, identity, spec, target) {
  if (!host.writable) return { held: [], notes: [] };
  let group = cgroupOf(host, identity), family = treePids({ identity: target });
  group.create();
  let { held, refused: refused2 } = applyLimits(group, spec), notes = refused2.map((text) => `limit not held: ${text}`);
  for (let member of [target, ...family])
    for (let file of group.procsFiles()) {
      if (!isAlive(member)) continue;
      let failed = writeKernelFile(file, String(member.pid));
      failed !== void 0 && failed !== "ESRCH" && notes.push(`pid ${member.pid} could not join ${file}: ${failed}`);
    }
  if (!isAlive(target))
    throw group.remove(), new PjError("PJ5305", { pid: target.pid, id: identity.id, reason: "it ended just now" });
  return { held, notes };
}

// src/agent/settle.ts
async function settle(managed, world, then) {
  let { entry: entry2 } = managed, exit = managed.exit ?? unseen(managed, world), ranMs = entry2.startedAt === null ? void 0 : Date.parse(exit.at) - Date.parse(entry2.startedAt);
  await halt(managed, world, { atOnce: !0 });
  let verdict = afterExit(managed.spec, exit, entry2.attempts, ranMs, world.random);
  if (managed.child = void 0, verdict.next !== "restart") {
    then.tidy();
    let phase = verdict.next === "completed" ? "completed" : "failed", reason = verdict.next === "failed" ? verdict.reason : null;
    enter(managed, world, { phase, process: null, lastExit: exit, reason, nextStart: null }), succeeded(managed.spec, exit) || world.log(
      `${entry2.identity.id}: ended (${exit.signal ?? exit.code ?? "exit unknown"})${reason === null ? "" : `; ${reason}`}`
    );
    return;
  }
  let nextStart = new Date(world.now().getTime() + verdict.delayMs).toISOString();
  enter(managed, world, {
    phase: "backoff",
    process: null,
    lastExit: exit,
    attempts: verdict.attempts,
    reason: null,
    nextStart
  }), world.log(
    `${entry2.identity.id}: ended (${exit.signal ?? exit.code ?? "exit unknown"}); starts again in ${Math.round(verdict.delayMs)} ms`
  ), managed.timer = setTimeout(then.relaunch, verdict.delayMs);
}
function unseen(managed, world) {
  let { entry: entry2 } = managed, group = cgroupOf(world.cgroups, entry2.home);
  return { known: !1, code: null, signal: null, oomKilled: group.exists() && group.oomKills() > managed.oomBefore, at: world.now().toISOString() };
}

// src/agent/supervisor.ts
var HEARSAY = 2e3, Supervisor = class {
  world;
  all = /* @__PURE__ */ new Map();
  constructor(world) {
    this.world = world;
  }
  /** Keys of what there is something to do for. */
  active() {
    return [...this.all.values()].filter((one) => isActive(one.entry)).map((one) => keyOf(one.entry.identity));
  }
  /** Makes the instance known: entry and volumes. Of one that is there already it takes the spec, which a half-made replacement may have left old. */
  create(call) {
    let managed = this.obtain(call);
    return inTurn(managed, async () => {
      let { entry: entry2 } = managed;
      return isActive(entry2) || this.adoptSpec(managed, call), makeVolumes(this.world.project, entry2.home, managed.spec, void 0), enter(managed, this.world, {}, !0), this.sighting(managed);
    });
  }
  /** Starts it; what runs already with this spec is left as it is. Throws PJ53xx, and then it is `failed`. */
  start(call) {
    let managed = this.obtain(call);
    return inTurn(managed, async () => {
      let { entry: entry2 } = managed;
      if (clearTimeout(managed.timer), entry2.phase === "running" && entry2.process !== null && isAlive(entry2.process)) {
        if (entry2.specDigest === call.specDigest)
          return this.adoptSpec(managed, call), entry2.wanted = "running", this.sighting(managed);
        await halt(managed, this.world, { atOnce: !1 });
      } else mayLive(managed, this.world) && await halt(managed, this.world, { atOnce: !0 });
      return this.adoptSpec(managed, call), Object.assign(entry2, { wanted: "running", run: (0, import_node_crypto4.randomUUID)(), restarts: 0, attempts: 0, lastExit: null }), await this.launch(managed, !0), this.sighting(managed);
    });
  }
  /** Ends its whole tree and remembers that it is to stay so. Undefined: not known, so nothing of it runs. Throws PJ5303. */
  async stop(identity, instance) {
    let managed = this.known(identity, instance);
    return managed === void 0 ? null : inTurn(managed, async () => (await this.halt(managed), this.sighting(managed)));
  }
  /** Takes a new spec. What runs gets its limits at once; the rest holds from the next start. Throws PJ5306 and keeps the old spec. */
  update(call) {
    let managed = this.obtain(call);
    return inTurn(managed, async () => {
      let { entry: entry2 } = managed;
      if (entry2.process !== null && isAlive(entry2.process) && this.world.cgroups.writable) {
        let group = cgroupOf(this.world.cgroups, entry2.home);
        if (group.exists()) {
          let { held, refused: refused2 } = applyLimits(group, call.spec), real = refused2.filter((text) => this.world.cgroups.controllers.has(text.split(":")[0]));
          if (real.length > 0)
            throw applyLimits(group, managed.spec), new PjError("PJ5306", { id: entry2.identity.id, reason: real.join("; ") });
          entry2.held = held;
        }
      }
      return this.adoptSpec(managed, call), enter(managed, this.world, {}, !0), this.sighting(managed);
    });
  }
  /** Ends it and removes what was made for it: entry, cgroup, links, ephemeral volumes; persistent ones where `destroyVolumes`. Logs stay. */
  async destroy(identity, destroyVolumes, instance) {
    let managed = this.known(identity, instance);
    managed !== void 0 && await inTurn(managed, async () => {
      await this.halt(managed);
      let { entry: entry2 } = managed;
      this.rehome(managed);
      let shared = [...this.all.values()].some((one) => one !== managed && one.entry.home.id === entry2.home.id);
      removeVolumes(this.world.project, entry2.home, managed.spec, entry2.workdir, {
        persistent: destroyVolumes,
        shared
      }), this.world.registry.remove(entry2.identity), this.all.delete(keyOf(entry2.identity));
    });
  }
  /** Takes over a process that runs already. It goes into the instance's cgroup where there is one. Throws PJ5305. */
  adopt(call) {
    let target = identify(call.pid), refuse = (reason) => {
      throw new PjError("PJ5305", { pid: call.pid, id: call.identity.id, reason });
    };
    if (target === void 0) return refuse("there is no such process");
    if (call.pid === process.pid || call.pid === 1) return refuse("pj cannot run this one");
    for (let other of this.all.values()) {
      let theirs = other.entry.process;
      theirs === null || !isAlive(theirs) || theirs.pid !== call.pid || keyOf(other.entry.identity) !== keyOf(call.identity) && refuse(`it is ${other.entry.identity.id} already`);
    }
    let managed = this.obtain(call);
    return inTurn(managed, async () => {
      let { entry: entry2 } = managed;
      if (entry2.process?.pid === target.pid && isAlive(entry2.process)) return this.sighting(managed);
      mayLive(managed, this.world) && refuse(`${entry2.identity.id} runs already`);
      let { held, notes } = moveIn(this.world.cgroups, entry2.home, managed.spec, target);
      for (let note of notes) this.world.log(`${entry2.identity.id}: ${note}`);
      managed.exit = void 0, managed.child = void 0;
      let now = this.world.now().toISOString(), binary = binaryOf(managed.spec.native?.command ?? "");
      return enter(
        managed,
        this.world,
        {
          phase: "running",
          process: target,
          imported: !0,
          wanted: "running",
          run: (0, import_node_crypto4.randomUUID)(),
          held,
          binary,
          startedAt: now,
          token: null
        },
        !0
      ), this.sighting(managed);
    });
  }
  /**
   * Everything in care, checked against the kernel. What the kernel has ended but the agent not yet heard of is waited for, so that an end is
   * always told with its reason.
   */
  async look(ids) {
    let wanted = ids === void 0 ? void 0 : new Set(ids), chosen = [...this.all.values()].filter((one) => wanted === void 0 || wanted.has(one.entry.identity.id)), unheard = ({ entry: entry2 }) => entry2.phase === "running" && (entry2.process === null || !isAlive(entry2.process)), late = chosen.filter(unheard);
    for (let managed of late) managed.child === void 0 && this.ended(managed, managed.entry.token);
    return late.length > 0 && await until(() => !late.some(unheard), HEARSAY), chosen.map((one) => this.sighting(one));
  }
  /** Marked processes of this lineage that no entry accounts for. */
  orphans(lineage) {
    return orphansOf(
      lineage,
      [...this.all.values()].map((one) => one.entry),
      this.world.project
    );
  }
  /** What was asked of the process has come to its end: by the restart policy it is started again, or left. */
  ended(managed, token) {
    inTurn(managed, async () => {
      managed.entry.token !== token || managed.entry.phase !== "running" || await settle(managed, this.world, {
        relaunch: () => this.restart(managed),
        tidy: () => this.removeGroup(managed)
      });
    }).catch((error) => this.complain(managed, error));
  }
  /** What waited for its next start when the agent before ended. `counts`: it is one more restart. */
  resumeBackoff(managed, counts = !0) {
    let due = managed.entry.nextStart === null ? 0 : Date.parse(managed.entry.nextStart) - this.world.now().getTime();
    managed.timer = setTimeout(() => this.restart(managed, counts), Math.max(0, due));
  }
  /** Starts it again by policy, when its pause is over. A start that fails counts as an end, except where a secret is missing. */
  restart(managed, counts = !0) {
    let { entry: entry2 } = managed;
    inTurn(managed, async () => {
      if (!(entry2.phase !== "backoff" || entry2.wanted !== "running")) {
        counts && (entry2.restarts += 1);
        try {
          await this.launch(managed, !1);
        } catch (error) {
          if (error instanceof PjError && error.code === "PJ5302") return;
          let policy = restartPolicy(managed.spec);
          if (policy.maxAttempts > 0 && entry2.attempts >= policy.maxAttempts) return;
          let attempts = entry2.attempts + 1, delay = backoffDelay(policy, attempts, this.world.random), nextStart = new Date(this.world.now().getTime() + delay).toISOString();
          enter(managed, this.world, { phase: "backoff", attempts, nextStart }), this.resumeBackoff(managed);
        }
      }
    }).catch((error) => this.complain(managed, error));
  }
  /** Launches; what fails leaves nothing running and the entry `failed` with the reason. */
  async launch(managed, fresh) {
    try {
      this.rehome(managed), await launch(managed, this.world, { fresh }, (token) => this.ended(managed, token));
    } catch (error) {
      let reason = error instanceof Error ? error.message : String(error);
      throw this.complain(managed, error), await halt(managed, this.world, { atOnce: !0 }), this.removeGroup(managed), enter(managed, this.world, { phase: "failed", process: null, reason, nextStart: null }), error;
    }
  }
  /** What was made under an old id gets the new one, now that nothing runs. */
  rehome(managed) {
    let { entry: entry2 } = managed;
    if (keyOf(entry2.home) === keyOf(entry2.identity)) return;
    [...this.all.values()].some((one) => one !== managed && one.entry.home.id === entry2.home.id) || moveHome(this.world.project, entry2, managed.spec), enter(managed, this.world, { home: entry2.identity }, !0);
  }
  async halt(managed) {
    let { entry: entry2 } = managed;
    clearTimeout(managed.timer), entry2.wanted = "stopped";
    let { lastExit } = entry2;
    mayLive(managed, this.world) && (enter(managed, this.world, { phase: "stopping" }), await halt(managed, this.world, { atOnce: !1 }), managed.child !== void 0 && await until(() => managed.exit !== void 0, 1e3), lastExit = managed.exit ?? null), managed.child = void 0, this.removeGroup(managed);
    let stays = entry2.phase === "completed" || entry2.phase === "created";
    enter(
      managed,
      this.world,
      stays ? {} : { phase: "stopped", process: null, reason: null, nextStart: null, lastExit }
    );
  }
  complain(managed, error) {
    this.world.log(`${managed.entry.identity.id}: ${error instanceof Error ? error.message : String(error)}`);
  }
  removeGroup(managed) {
    let group = cgroupOf(this.world.cgroups, managed.entry.home);
    group.exists() && (group.remove() ? cleanupEmptyParents(this.world.cgroups, cgroupName(managed.entry.home)) : this.world.log(`${managed.entry.identity.id}: its cgroup ${group.path} is not empty`));
  }
  adoptSpec(managed, call) {
    Object.assign(managed, learnBack(call.spec, { environ: {}, cmdline: [] })), Object.assign(managed.entry, {
      spec: storable(call.spec, call.stored),
      specDigest: call.specDigest,
      base: call.base,
      workdir: workdirOf(this.world.project, call.spec)
    });
  }
  known(identity, instance) {
    let byInstance = this.byInstance(identity, instance);
    if (byInstance !== void 0) return byInstance;
    let managed = this.all.get(keyOf(identity));
    return managed?.entry.identity.lineage === identity.lineage ? managed : void 0;
  }
  byInstance({ lineage }, instance) {
    if (instance === void 0) return;
    let there = [...this.all.values()].find((one) => one.entry.instance === instance);
    return there?.entry.identity.lineage === lineage ? there : void 0;
  }
  /** Gives an instance another id. What it runs with keeps the old one until it is started anew. */
  rename(managed, identity) {
    let before = managed.entry.identity;
    enter(managed, this.world, { identity }, !0), this.world.registry.remove(before), this.all.delete(keyOf(before)), this.all.set(keyOf(identity), managed);
  }
  /** The instance, made if need be. One of another lineage with the same name is somebody else's: refused. */
  obtain(call) {
    let key2 = keyOf(call.identity), named = this.byInstance(call.identity, call.instance);
    named !== void 0 && !this.all.has(key2) && this.rename(named, call.identity);
    let there = this.all.get(key2);
    if (there !== void 0) {
      if (there.entry.identity.lineage !== call.identity.lineage) {
        let reason = `this folder has a ${key2} of another state (lineage ${there.entry.identity.lineage})`;
        throw new PjError("PJ5301", { id: call.identity.id, reason });
      }
      return there;
    }
    let now = this.world.now().toISOString(), entry2 = {
      version: 1,
      identity: call.identity,
      home: call.identity,
      revision: 0,
      instance: (0, import_node_crypto4.randomUUID)(),
      run: null,
      spec: storable(call.spec, call.stored),
      specDigest: call.specDigest,
      base: call.base,
      workdir: workdirOf(this.world.project, call.spec),
      phase: "created",
      wanted: "stopped",
      token: null,
      process: null,
      imported: !1,
      binary: null,
      held: [],
      restarts: 0,
      attempts: 0,
      lastExit: null,
      reason: null,
      createdAt: now,
      startedAt: null,
      since: now,
      nextStart: null
    }, { spec, missing } = learnBack(call.spec, { environ: {}, cmdline: [] }), managed = manage(entry2, spec, missing);
    return this.all.set(key2, managed), managed;
  }
  sighting(managed) {
    return sight(managed.entry, this.world.cgroups, !0);
  }
};
function orphansOf(lineage, entries, project) {
  let tokens = new Set(entries.map((entry2) => entry2.token));
  return scanMarked(`${lineage}/`).flatMap(({ pid, identity, marker }) => {
    let mark = parseMark(marker);
    return mark === void 0 || tokens.has(mark.token) ? [] : [{ identity: { project, lineage: mark.lineage, id: mark.id, generation: mark.generation }, pid, startTime: identity.startTime }];
  });
}

// src/agent/watch.ts
var import_node_fs26 = require("node:fs");

// src/logs/rotate.ts
var import_node_crypto6 = __toESM(require_crypto(), 1), import_node_fs25 = require("node:fs"), import_promises3 = __toESM(require_promises2(), 1), import_node_path18 = require("node:path");

// src/os/crash-point.ts
var crashPoint2 = arm(process.env.PJ_CRASH_AT);
function arm(setting) {
  let at = Number(setting ?? 0);
  if (!Number.isSafeInteger(at) || at <= 0) return () => {
  };
  let passed2 = 0;
  return () => {
    passed2 += 1, passed2 === at && process.kill(process.pid, "SIGKILL");
  };
}

// src/logs/shrink.ts
var import_node_child_process4 = __toESM(require_child_process(), 1), import_node_crypto5 = __toESM(require_crypto(), 1), import_node_fs24 = require("node:fs"), import_node_path17 = require("node:path");
async function bestShrink(folder, tools) {
  if (tools.fallocate === void 0) return "truncate";
  let block = (0, import_node_fs24.statfsSync)(folder).bsize, probe = (0, import_node_path17.join)(folder, `.pj-probe-${(0, import_node_crypto5.randomBytes)(6).toString("hex")}`);
  try {
    return (0, import_node_fs24.writeFileSync)(probe, Buffer.alloc(2 * block), { flag: "wx", mode: 384 }), tools.sh !== void 0 && await works(tools.fallocate, collapseArguments(block, probe)) ? "collapse" : await works(tools.fallocate, punchArguments(block, probe)) ? "punch" : "truncate";
  } finally {
    (0, import_node_fs24.rmSync)(probe, { force: !0 });
  }
}
var COLLAPSE = `[ "$(head -c "$3" "$2" | tr -d '\\0')" = "$4" ] || exit 0
exec "$1" --collapse-range --offset 0 --length "$5" "$2"`;
async function collapseStamped(path, pending, lock, tools) {
  if (tools.fallocate === void 0 || tools.sh === void 0) return !1;
  let { token, end } = pending, script = ["-c", COLLAPSE, "pj-rotate", tools.fallocate, path, String(token.length), token, String(end)];
  return tools.flock === void 0 ? works(tools.sh, script) : works(tools.flock, ["-w", "10", lock, tools.sh, ...script]);
}
async function punch(path, end, tools) {
  return tools.fallocate !== void 0 && works(tools.fallocate, punchArguments(end, path));
}
var collapseArguments = (length, path) => [
  "--collapse-range",
  "--offset",
  "0",
  "--length",
  String(length),
  path
], punchArguments = (length, path) => [
  "--punch-hole",
  "--offset",
  "0",
  "--length",
  String(length),
  path
];
function works(command, args) {
  return new Promise((resolve6) => {
    (0, import_node_child_process4.execFile)(command, args, { timeout: 3e4, killSignal: "SIGKILL" }, (failure) => resolve6(failure === null));
  });
}

// src/logs/rotate.ts
var DONE = { collapse: "collapsed", punch: "punched", truncate: "truncated" }, CHUNK = 1 << 20;
async function rotate(options) {
  let { path, maxSize, maxFiles } = options;
  try {
    let position = parsePosition(positionText(path)), tools = () => options.tools ?? findTools(), outcome = "none";
    position.pending !== void 0 ? (outcome = await finish(path, position, position.pending, maxFiles, tools()), position = parsePosition(positionText(path))) : (0, import_node_fs25.rmSync)(copyFile(path), { force: !0 });
    let live = statOf(path);
    if (live === void 0) return outcome;
    let now = settled(path, position);
    return live.size - now.hole <= maxSize ? outcome : await begin(path, now, maxFiles, tools());
  } catch (thrown) {
    throw thrown instanceof PjError ? thrown : new PjError("PJ5080", { path, reason: reasonOf2(thrown) }, { cause: thrown });
  }
}
async function begin(path, { base, hole }, maxFiles, tools) {
  let how = await bestShrink((0, import_node_path18.dirname)(path), tools), file = await (0, import_promises3.open)(path, "r"), pending;
  try {
    let { size, ino } = await file.stat(), end = await cutAt(file, hole, size, how, path);
    if (end <= hole) return "none";
    maxFiles > 0 && await copyRange(file, hole, end, copyFile(path)), pending = { how, end, inode: ino, token: `pj-rotating-${(0, import_node_crypto6.randomBytes)(16).toString("hex")}`, stamped: !1 };
  } finally {
    await file.close();
  }
  let position = { base, hole, pending };
  return crashPoint2("rotate:copied"), writePosition(path, position), crashPoint2("rotate:noted"), finish(path, position, pending, maxFiles, tools);
}
async function finish(path, position, pending, maxFiles, tools) {
  if (publish(path, maxFiles), crashPoint2("rotate:published"), statOf(path)?.ino === pending.inode && !(pending.how !== "punch" && pending.stamped && !hasToken(path, pending))) {
    let next = await shrink(path, position, pending, maxFiles, tools);
    if (next !== void 0) {
      let again = { ...pending, how: next, stamped: !1 };
      return writePosition(path, { ...position, pending: again }), crashPoint2("rotate:another-way"), finish(path, { ...position, pending: again }, again, maxFiles, tools);
    }
  }
  let after = parsePosition(positionText(path)), { base, hole } = settled(path, after);
  if (crashPoint2("rotate:shrunk"), writePosition(path, { base, hole }), crashPoint2("rotate:settled"), maxFiles < 1) for (let n of rotatedNumbers(path)) (0, import_node_fs25.rmSync)(`${path}.${n}`, { force: !0 });
  return DONE[pending.how];
}
async function shrink(path, position, pending, maxFiles, tools) {
  if (pending.how === "punch") return await punch(path, pending.end, tools) ? void 0 : "truncate";
  if (pending.stamped || (stamp(path, pending.token), crashPoint2("rotate:stamped"), writePosition(path, { ...position, pending: { ...pending, stamped: !0 } }), crashPoint2("rotate:stamp-noted")), pending.how === "collapse") {
    let lock = maxFiles > 0 ? `${path}.1` : path;
    return await collapseStamped(path, pending, lock, tools) ? void 0 : "punch";
  }
  await truncate(path, position.hole, pending.end, maxFiles);
}
function publish(path, maxFiles) {
  let copy = copyFile(path);
  if (statOf(copy) === void 0) return;
  let numbers = new Set(rotatedNumbers(path));
  for (let n of numbers) n > maxFiles && (0, import_node_fs25.rmSync)(`${path}.${n}`, { force: !0 });
  let free = 1;
  for (; numbers.has(free) && free < maxFiles; ) free++;
  for (let n = free; n > 1; n--)
    (0, import_node_fs25.renameSync)(`${path}.${n - 1}`, `${path}.${n}`), crashPoint2("rotate:moved-up");
  (0, import_node_fs25.renameSync)(copy, `${path}.1`), fsyncFolder((0, import_node_path18.dirname)(path));
}
function stamp(path, token) {
  let fd = (0, import_node_fs25.openSync)(path, "r+");
  try {
    (0, import_node_fs25.writeSync)(fd, token, 0, "latin1"), (0, import_node_fs25.fdatasyncSync)(fd);
  } finally {
    (0, import_node_fs25.closeSync)(fd);
  }
}
async function truncate(path, hole, end, maxFiles) {
  let file = await (0, import_promises3.open)(path, "r+");
  try {
    if (maxFiles > 0) {
      let rotated = await (0, import_promises3.open)(`${path}.1`, "r+");
      try {
        for (let at = end; ; ) {
          let { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
          if (bytesRead === 0) break;
          await rotated.write(buffer, 0, bytesRead, at - hole), at += bytesRead;
        }
      } finally {
        await rotated.close();
      }
    }
    crashPoint2("rotate:rest-copied"), (0, import_node_fs25.ftruncateSync)(file.fd, 0);
  } finally {
    await file.close();
  }
}
async function cutAt(file, hole, size, how, path) {
  if (how === "collapse") {
    let block = (0, import_node_fs25.statfsSync)(path).bsize;
    return Math.floor((size - 1) / block) * block;
  }
  if (how === "truncate") return size;
  for (let end = size; end > hole; ) {
    let length = Math.min(65536, end - hole), { buffer } = await file.read(Buffer.alloc(length), 0, length, end - length), newline = buffer.lastIndexOf(10);
    if (newline >= 0) return end - length + newline + 1;
    end -= length;
  }
  return size;
}
async function copyRange(file, from, to, target) {
  let { mode } = await file.stat(), copy = await (0, import_promises3.open)(target, "w", mode & 511);
  try {
    let buffer = Buffer.alloc(Math.min(CHUNK, to - from));
    for (let at = from; at < to; ) {
      let { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) throw new Error("somebody else truncated it meanwhile");
      for (let done = 0; done < bytesRead; ) done += (await copy.write(buffer, done, bytesRead - done)).bytesWritten;
      at += bytesRead, crashPoint2("rotate:part-copied");
    }
    await copy.datasync();
  } finally {
    await copy.close();
  }
}
function reasonOf2(thrown) {
  return errno(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

// src/agent/watch.ts
var POLL = 500, LOG_INTERVAL = 1e3, DEFAULT_LOGS = { maxSize: 10 * 1024 * 1024, maxFiles: 5 }, STAT = Buffer.alloc(1024);
function stillRuns({ pid, startTime }) {
  let fd;
  try {
    fd = (0, import_node_fs26.openSync)(`/proc/${pid}/stat`, "r");
  } catch {
    return !1;
  }
  try {
    let text = STAT.toString("latin1", 0, (0, import_node_fs26.readSync)(fd, STAT, 0, STAT.length, 0)), rest = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return rest[19] === startTime && rest[0] !== "Z" && rest[0] !== "X";
  } catch {
    return !1;
  } finally {
    (0, import_node_fs26.closeSync)(fd);
  }
}
function watch(supervisor) {
  let { world } = supervisor, seen = /* @__PURE__ */ new Map(), rotating = !1, pollAdopted = () => {
    for (let managed of supervisor.all.values()) {
      let { entry: entry2 } = managed;
      managed.unsaved && enter(managed, world, {}), !(managed.child !== void 0 || entry2.phase !== "running" || entry2.process === null) && (stillRuns(entry2.process) || supervisor.ended(managed, entry2.token));
    }
  }, lookAtLogs = async () => {
    if (!rotating) {
      rotating = !0;
      try {
        await tend(agentLog(world.project), DEFAULT_LOGS);
        let done = /* @__PURE__ */ new Set();
        for (let { entry: entry2, spec } of supervisor.all.values()) {
          let { out, err } = logFiles(world.project, entry2.home.id);
          if (!isActive(entry2) && !seen.has(out)) continue;
          let limits = { ...DEFAULT_LOGS, ...spec.native?.logs };
          for (let path of [out, err])
            done.has(path) || (done.add(path), await tend(path, limits));
        }
      } finally {
        rotating = !1;
      }
    }
  }, tend = async (path, limits) => {
    let stat = (0, import_node_fs26.statSync)(path, { throwIfNoEntry: !1 });
    if (stat === void 0) return;
    let before = seen.get(path);
    if (!(before !== void 0 && before.size === stat.size && before.mtimeMs === stat.mtimeMs)) {
      seen.set(path, { size: stat.size, mtimeMs: stat.mtimeMs });
      try {
        appendTimeIndex(path, world.now().getTime()), (before === void 0 || stat.size > limits.maxSize) && await rotate({ path, ...limits, tools: world.tools() });
      } catch (error) {
        path !== agentLog(world.project) && world.log(error instanceof Error ? error.message : String(error));
      }
    }
  }, timers = [
    setInterval(pollAdopted, POLL),
    setInterval(() => {
      lookAtLogs().catch((error) => world.log(String(error)));
    }, LOG_INTERVAL)
  ];
  for (let timer of timers) timer.unref();
  return {
    stop() {
      for (let timer of timers) clearInterval(timer);
    }
  };
}

// src/agent/main.ts
var EXIT_TAKEN = 75, DRAIN = 1e4, log = (text) => {
  (0, import_node_fs27.writeSync)(1, `${(/* @__PURE__ */ new Date()).toISOString()} ${text}
`);
};
async function main() {
  let { values } = (0, import_node_util.parseArgs)({
    options: {
      project: { type: "string" },
      /** Seconds without anything to watch after which it ends; 0 is never. */
      idle: { type: "string", default: "30" },
      "pj-version": { type: "string", default: "" }
    }
  });
  if (values.project === void 0) throw new Error("usage: agent --project DIR [--idle SECONDS]");
  let idleMs = Number(values.idle) * 1e3;
  if (!(idleMs >= 0)) throw new Error(`--idle ${values.idle} is not a number of seconds`);
  let project = (0, import_node_fs27.realpathSync)(values.project), uid = import_node_process2.default.geteuid?.() ?? 0, me = selfIdentity(), registry = openRegistry(project), lock = await acquireSingle(registry.dir, me);
  if (lock === void 0) {
    log("another agent of this project runs already"), import_node_process2.default.exitCode = EXIT_TAKEN;
    return;
  }
  let tools, world = {
    project,
    registry,
    cgroups: detectCgroups(),
    // Looked up once a minute at most: somebody may install one meanwhile.
    tools: () => (tools === void 0 && (tools = findTools(), setTimeout(() => tools = void 0, 6e4).unref()), tools),
    now: () => /* @__PURE__ */ new Date(),
    random: Math.random,
    log
  }, supervisor = new Supervisor(world);
  await recover(supervisor);
  let place = runtimeDir(project, import_node_process2.default.env, uid);
  makeRuntimeDir(place.dir, uid);
  let startedAt = (/* @__PURE__ */ new Date()).toISOString(), info = () => ({
    protocol: PROTOCOL,
    version: values["pj-version"],
    pid: import_node_process2.default.pid,
    project,
    startedAt,
    active: supervisor.active()
  }), timers = watch(supervisor), ending = !1, end = async (why) => {
    if (ending) return;
    ending = !0;
    let left = supervisor.active();
    log(`ends: ${why}${left.length === 0 ? "" : `; ${left.length} workloads run on: ${left.join(", ")}`}`), removeAddress(project), (0, import_node_fs27.rmSync)(place.socket, { force: !0 }), await until(() => server.busy === 0, DRAIN), timers.stop(), await server.close(), removeRuntimeDir(place.dir), lock.release(), registry.tidy(), import_node_process2.default.exit(0);
  }, server = new AgentServer({
    supervisor,
    info,
    // Once the answer is out.
    end: () => {
      setImmediate(() => {
        end("asked to");
      });
    }
  });
  await server.listen(place.socket), writeAddress(project, { identity: me, uid, socket: place.socket }), log(`listens, pid ${import_node_process2.default.pid}, version ${values["pj-version"] || "unknown"}`);
  for (let signal of ["SIGTERM", "SIGINT", "SIGHUP"]) import_node_process2.default.on(signal, () => {
    end(signal);
  });
  idleMs > 0 && setInterval(() => {
    supervisor.active().length === 0 && server.busy === 0 && server.connections === 0 ? performance.now() - server.lastCall >= idleMs && end("nothing to watch") : server.lastCall = Math.max(server.lastCall, performance.now());
  }, Math.min(1e3, idleMs / 4)).unref();
}
main().catch((error) => {
  log(`cannot go on: ${error instanceof Error ? error.stack ?? error.message : String(error)}`), import_node_process2.default.exit(1);
});
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  EXIT_TAKEN
});

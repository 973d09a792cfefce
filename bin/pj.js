#!/usr/bin/env node
'use strict';
// The launcher. It answers what needs no program (--version, --help) by itself and loads the bundle through V8's code cache.
// CommonJS on purpose: Node's ESM loader alone costs as much as everything below.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const dist = path.join(root, 'dist');
const args = process.argv.slice(2);

/** Writes to stdout without setting up Node's stream, which is slow. Nobody reading any more is no error. */
function print(text) {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(1, bytes, written);
    } catch (error) {
      if (error.code === 'EPIPE') return;
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** The help that the build wrote for this command line, or undefined where it asks for something else. */
function readyHelp() {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const asked = own.length === 0 || own[0] === 'help' || own.includes('--help') || own.includes('-h');
  if (!asked) return undefined;
  const words = [];
  for (const arg of own[0] === 'help' ? own.slice(1) : own) {
    if (arg === '--help' || arg === '-h') break;
    if (!/^[a-z][a-z-]*$/.test(arg)) return undefined;
    words.push(arg);
  }
  for (let n = words.length; n >= 0; n--) {
    // Only what follows a whole command is an argument of it; an unknown first word is left to the program, which knows what was meant.
    if (n === 0 && words.length > 0) return undefined;
    try {
      return fs.readFileSync(path.join(dist, 'help', `${words.slice(0, n).join('-') || 'pj'}.txt`), 'utf8');
    } catch {
      // Not a command of so many words, or not built.
    }
  }
  return undefined;
}

/** A folder or file that nobody but this user can have written. */
function isOwn(stat) {
  return stat.uid === process.getuid() && (stat.mode & 0o022) === 0;
}

const HEADER = 8;
// The first runs of a command may go different ways; after so many, nearly all that is ever called is in the cache.
const GENERATIONS = 4;

/** Where compiled code is kept for this build and this Node; undefined when the environment names no place. */
function cacheDir(build) {
  const xdg = process.env.XDG_CACHE_HOME;
  const home = process.env.HOME;
  const base =
    xdg && path.isAbsolute(xdg) ? xdg : home && path.isAbsolute(home) ? path.join(home, '.cache') : undefined;
  if (base === undefined || process.env.PJ_NO_CODE_CACHE) return undefined;
  return path.join(base, 'pj', `${build.version}-${process.version}-${process.arch}-${build.hash}`);
}

/** The cached code of one command: {generation, data}, or undefined where there is none that can be trusted. */
function readCache(file) {
  let handle;
  try {
    handle = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    if (!isOwn(fs.fstatSync(handle)) || !isOwn(fs.lstatSync(path.dirname(file)))) return undefined;
    const bytes = fs.readFileSync(handle);
    if (bytes.length <= HEADER) return undefined;
    return { generation: bytes.readUInt32LE(0), data: bytes.subarray(HEADER) };
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}

/** Keeps compiled code. A cache that cannot be written costs time, nothing else: so no failure is told. */
function writeCache(file, generation, data) {
  const dir = path.dirname(file);
  const temporary = path.join(dir, `.${path.basename(file)}.${process.pid}.${Date.now().toString(36)}`);
  try {
    const made = fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (!isOwn(fs.lstatSync(dir))) return;
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(generation, 0);
    fs.writeFileSync(temporary, Buffer.concat([header, data]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, file);
    if (made !== undefined) removeOld(path.dirname(dir), dir);
  } catch {
    try {
      fs.unlinkSync(temporary);
    } catch {
      // It was never made.
    }
  }
}

/** Removes caches of builds that were last written a month ago. */
function removeOld(parent, current) {
  const month = 30 * 24 * 3600 * 1000;
  for (const name of fs.readdirSync(parent)) {
    const dir = path.join(parent, name);
    if (dir !== current && Date.now() - fs.lstatSync(dir).mtimeMs > month)
      fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** Bytes of a state that are looked at. */
const LOOKED_AT = 65536;

/**
 * What tells which ways a command will go in the project of this command line: whether it has a state, and whether containers, machines or Java is in that. Only a
 * cache hangs on it: a wrong guess costs milliseconds.
 */
function stateOf() {
  const at = args.findIndex((arg) => arg === '--dir' || arg.startsWith('--dir='));
  const given = at < 0 ? process.env.PJ_DIR : args[at] === '--dir' ? args[at + 1] : args[at].slice('--dir='.length);
  let handle;
  try {
    handle = fs.openSync(path.join(given || '.', '.pj', 'state.json'), 'r');
    const bytes = Buffer.allocUnsafe(LOOKED_AT);
    const text = bytes.latin1Slice(0, fs.readSync(handle, bytes, 0, LOOKED_AT, 0));
    const containers = /"provider": ?"(container|network|volume)"/.test(text) ? '-containers' : '';
    const vms = /"provider": ?"vm"/.test(text) ? '-vms' : '';
    const java = /"provider": ?"(java|jvm)"/.test(text) ? '-java' : '';
    return `.state${containers}${vms}${java}`;
  } catch {
    return '';
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}

/** Runs dist/pj.cjs, compiled before where that is possible. */
function load() {
  const file = path.join(dist, 'pj.cjs');
  let source;
  try {
    source = fs.readFileSync(file, 'latin1'); // the build writes ASCII only
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    process.stderr.write(`pj: ${file} is not there. Build it: npm run build (in ${root})\n`);
    process.exitCode = 1;
    return;
  }
  const vm = require('node:vm');
  const [, version = '0', hash = '0'] = /^\/\/ pj (\S+) (\S+)/.exec(source) ?? [];
  const dir = cacheDir({ version, hash });
  // One cache a command, and others where there is a state already (it then goes other ways): no more is read than is called.
  const word = /^[a-z_-]{2,16}$/.test(args[0] ?? '') ? args[0] : '-';
  const name = `${word}${dir === undefined ? '' : stateOf()}`;
  const cache = dir === undefined ? undefined : readCache(path.join(dir, name));
  const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    cachedData: cache?.data,
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, file, dist);
  if (dir !== undefined) {
    const generation = cache === undefined || script.cachedDataRejected ? 0 : cache.generation;
    process.on('exit', (code) => {
      if (generation >= GENERATIONS || (code !== 0 && code !== 2) || !module.exports.isCommand(word)) return;
      writeCache(path.join(dir, name), generation + 1, script.createCachedData());
    });
  }
  module.exports.main(args);
}

if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
  print(`pj ${JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version}\n`);
} else {
  const help = readyHelp();
  if (help === undefined) load();
  else print(help);
}

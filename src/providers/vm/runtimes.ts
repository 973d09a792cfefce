import { PjError } from '../../errors.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Spec } from '../../model/spec.ts';
import { VM_RUNTIMES, type VmRuntimeName } from '../../model/vm-spec.ts';
import type { CallContext, Unusable, Usable } from '../contract.ts';
import { closeAll, once } from '../once.ts';
import { defaultUri } from './default-uri.ts';
import { readFolders } from './folder.ts';
import type { VmOptions, VmRuntime } from './runtime.ts';

/** The runtimes of one run, each loaded and asked once whether it is there. */
export interface VmRuntimes {
  get(name: VmRuntimeName): Promise<VmRuntime>;
  probe(name: VmRuntimeName, context: CallContext, uri?: string): Promise<Usable | Unusable>;
  /**
   * The runtime of a workload, which answers: as asked, else as the state has it, else the first that answers; where it names a connection, libvirt at
   * that one. Throws PJ5501 with what was tried, PJ5506 where that connection does not answer.
   */
  usable(asked: Asked, id: string, context: CallContext): Promise<VmRuntime>;
  /** Every runtime that answers. */
  all(context: CallContext): Promise<VmRuntime[]>;
  close(): Promise<void>;
}

/** What a workload says of where it is to run, or is. */
export interface Asked {
  name?: VmRuntimeName | undefined;
  /** A connection of libvirt's. */
  uri?: string | undefined;
}

/** The connection that a handle names, else a spec. A template may stand there. */
export function uriIn(handle: JsonObject | null, { vm }: Spec): string | undefined {
  return [handle?.['uri'], vm?.host, vm?.uri].find((uri) => typeof uri === 'string');
}

/** The runtime that a handle names; undefined where there is none yet. */
export function runtimeIn(handle: JsonObject | null): VmRuntimeName | undefined {
  return VM_RUNTIMES.find((name) => name === handle?.['runtime']);
}

export function openRuntimes(options: VmOptions): VmRuntimes {
  const loaded = new Map<VmRuntimeName, Promise<VmRuntime>>();
  const probed = new Map<string, Promise<Usable | Unusable>>();
  const get = (name: VmRuntimeName): Promise<VmRuntime> => once(loaded, name, () => LOADERS[name](options));
  /** What is asked once: a connection that is named may be the one that is meant where none is. */
  const placeOf = (name: VmRuntimeName, uri?: string): string =>
    name === 'libvirt' ? `libvirt ${uri ?? defaultUri(options.env)}` : name;
  const probe: VmRuntimes['probe'] = (name, context, uri) =>
    once(probed, placeOf(name, uri), async () => (await get(name)).probe(context, uri));
  const at = async (uri: string, id: string, context: CallContext): Promise<VmRuntime> => {
    const answer = await probe('libvirt', context, uri);
    if (answer.usable) return get('libvirt');
    const { reason, install } = answer;
    if (/virsh not found/.test(reason))
      throw new PjError('PJ5501', { tried: `libvirt: ${reason}` }, { advice: install });
    throw new PjError('PJ5506', { runtime: 'libvirt', action: 'reach', id, reason });
  };
  return {
    get,
    probe,
    async usable(asked, id, context) {
      const recorded = async () => (await options.recorded?.())?.workloads[id]?.handle ?? null;
      const name = asked.name ?? (asked.uri === undefined ? runtimeIn(await recorded()) : 'libvirt');
      if (name === 'libvirt' && asked.uri !== undefined) return at(asked.uri, id, context);
      const tried: string[] = [];
      const install: string[] = [];
      for (const one of name === undefined ? VM_RUNTIMES : [name]) {
        const answer = await probe(one, context);
        if (answer.usable) return get(one);
        tried.push(`${one}: ${answer.reason}`);
        install.push(answer.install);
      }
      throw new PjError('PJ5501', { tried: tried.join('; ') }, { advice: [...new Set(install)].join(' ') });
    },
    async all(context) {
      const names = VM_RUNTIMES.filter((name) => probed.has(placeOf(name)) || (TRACES[name]?.(options.dir) ?? true));
      const answers = await Promise.all(names.map((name) => probe(name, context)));
      return Promise.all(names.filter((_, i) => answers[i]?.usable === true).map(get));
    },
    async close() {
      await closeAll(loaded.values());
      loaded.clear();
      probed.clear();
    },
  };
}

/** QEMU alone has what this project has made, or nothing. */
const TRACES: Partial<Record<VmRuntimeName, (dir: string) => boolean>> = {
  qemu: (dir) => readFolders(dir).some(({ record }) => record.runtime === 'qemu'),
};

/** The one place that knows concrete runtimes; in the order of VM_RUNTIMES they are tried where none is named. */
const LOADERS: Record<VmRuntimeName, (options: VmOptions) => Promise<VmRuntime>> = {
  libvirt: async (options) => (await import('./libvirt/libvirt.ts')).libvirtRuntime(options),
  qemu: async (options) => (await import('./qemu/qemu.ts')).qemuRuntime(options),
};

import type { Provider } from '../contract.ts';
import { closeAll, once } from '../once.ts';
import { javaProviderOver } from './provider.ts';
import type { JavaOptions, JavaRuntime, JavaRuntimeName } from './runtime.ts';

/** Java applications, in host JVMs that they share or in JVMs of their own. */
export function javaProvider(options: JavaOptions): Provider {
  const opened = new Map<JavaRuntimeName, Promise<JavaRuntime>>();
  return javaProviderOver(
    {
      get: (name) => once(opened, name, () => open(name, options)),
      close: () => closeAll(opened.values()),
    },
    options.dir,
  );
}

async function open(name: JavaRuntimeName, options: JavaOptions): Promise<JavaRuntime> {
  if (name === 'own') return (await import('./own/index.ts')).ownRuntime(options);
  return (await import('./shared/index.ts')).sharedRuntime(options);
}

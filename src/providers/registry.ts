import { PjError } from '../errors.ts';
import type { Snapshot } from '../model/record.ts';
import type { Provider } from './contract.ts';

/** What a provider needs to know of the project that it works for. */
export interface ProviderOptions {
  /** Absolute path of the project, links resolved. */
  dir: string;
  /** The project's name. */
  project: string;
  /** The environment of whoever runs pj. */
  env: Record<string, string | undefined>;
  pjVersion: string;
  /** The project's state as it is now; undefined where there is none yet. */
  recorded?: () => Promise<Snapshot | undefined>;
}

/**
 * The one place that knows concrete providers; each is loaded when it is first asked for.
 * Throws PJ5051 for a name that this version does not have.
 */
export async function makeProvider(name: string, options: ProviderOptions): Promise<Provider> {
  switch (name) {
    case 'external': {
      const { externalProvider } = await import('./external/index.ts');
      return externalProvider();
    }
    case 'native': {
      const { nativeProvider } = await import('./native/index.ts');
      return nativeProvider(options);
    }
    case 'container':
    case 'network':
    case 'volume': {
      const { containerProvider } = await import('./container/index.ts');
      return containerProvider(name, options);
    }
    case 'vm': {
      const { vmProvider } = await import('./vm/index.ts');
      return vmProvider(options);
    }
    case 'java': {
      const { javaProvider } = await import('./java/index.ts');
      return javaProvider(options);
    }
    case 'jvm': {
      const { jvmProvider } = await import('./jvm/index.ts');
      return jvmProvider(options);
    }
    default:
      throw new PjError('PJ5051', { name });
  }
}

/** The names of the providers that this version has. */
export const PROVIDERS = ['native', 'container', 'vm', 'java', 'jvm', 'external'] as const;

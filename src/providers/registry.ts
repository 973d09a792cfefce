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

/** Known kinds whose provider this version does not have, with what people call many of them. */
const NOT_YET: Record<string, string> = { java: 'Java applications' };

/**
 * The one place that knows concrete providers; each is loaded when it is first asked for.
 * Throws PJ5050 for a kind that this version cannot run, PJ5051 for a name that no version has.
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
    default: {
      const plural = Object.hasOwn(NOT_YET, name) ? NOT_YET[name] : undefined;
      if (plural !== undefined) throw new PjError('PJ5050', { plural });
      throw new PjError('PJ5051', { name });
    }
  }
}

/** The names of the providers that this version has. */
export const PROVIDERS = ['native', 'container', 'vm', 'external'] as const;

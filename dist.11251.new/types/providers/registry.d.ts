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
}
/**
 * The one place that knows concrete providers; each is loaded when it is first asked for.
 * Throws PJ5050 for a kind that this version cannot run, PJ5051 for a name that no version has.
 */
export declare function makeProvider(name: string, options: ProviderOptions): Promise<Provider>;
/** The names of the providers that this version has. */
export declare const PROVIDERS: readonly ["native", "external"];

import type { Provider } from '../contract.ts';
/**
 * Things that pj does not run but others depend on. Nothing is made, so every action succeeds at once, and what was started
 * counts as running: whether it answers is its health check's business.
 */
export declare function externalProvider(): Provider;

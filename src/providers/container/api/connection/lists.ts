import type { Request } from './engine.ts';

/** The request for every container, running or not. */
export const ALL_CONTAINERS: Request = { method: 'GET', path: '/containers/json', query: { all: 'true' } };

/** The request for every image. */
export const ALL_IMAGES: Request = { method: 'GET', path: '/images/json' };

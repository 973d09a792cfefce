export const projectChecks: import('./check.ts').Check[] = [];

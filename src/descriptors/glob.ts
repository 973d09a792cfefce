/**
 * A test for paths relative to the project. `*` and `?` stay within a folder's name, `**` crosses folders, `{a,b}` is either. A pattern
 * without `/` fits a name at any depth; one that fits a folder fits all below it. A `/` at either end is for clarity only.
 */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map(compile);
  return (path) => tests.some((test) => test.test(path));
}

function compile(pattern: string): RegExp {
  const trimmed = pattern.replace(/^\.?\//, '').replace(/\/+$/, '');
  const anywhere = !trimmed.includes('/') && !pattern.startsWith('/');
  let source = '';
  let depth = 0;
  for (let i = 0; i < trimmed.length; i++) {
    const c = trimmed[i] ?? '';
    if (trimmed.startsWith('**/', i)) {
      source += '(?:[^/]+/)*';
      i += 2;
    } else if (trimmed.startsWith('**', i)) {
      source += '.*';
      i++;
    } else if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else if (c === '{' && trimmed.indexOf('}', i) > 0) {
      source += '(?:';
      depth++;
    } else if (c === '}' && depth > 0) {
      source += ')';
      depth--;
    } else if (c === ',' && depth > 0) source += '|';
    else source += c.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  }
  return new RegExp(`^${anywhere ? '(?:.*/)?' : ''}${source}${')'.repeat(depth)}(?:/.*)?$`);
}

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_JAR, compileJava, javaHomes } from '../support/java-host.ts';

const root = resolve(import.meta.dirname, '../..');
const GUIDE = join(root, 'docs/guides/java-api.md');
/** What readers are trusted to import. */
const IMPORTS = ['io.pj.api', 'java.nio.file', 'java.time', 'java.util', 'java.util.concurrent', 'java.util.function'];

/** The ```java blocks of the guide as sources: whole classes as they are, statements in a method. */
function sources(): Record<string, string> {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/^```java\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '');
  return Object.fromEntries(
    blocks.map((text, index) => {
      const [, name] = /^public (?:final )?class (\w+)/m.exec(text) ?? [];
      const [, inPackage] = /^package ([\w.]+);/m.exec(text) ?? [];
      if (name !== undefined) return [`${inPackage ?? ''}.${name}`, text];
      const imports = IMPORTS.map((one) => `import ${one}.*;`).join('\n');
      const body = `@SuppressWarnings("all")\nclass Block${index} {\n  static void run() throws Exception {\n${text}  }\n}\n`;
      return [`guide.Block${index}`, `package guide;\n${imports}\n${body}`];
    }),
  );
}

describe.each(javaHomes())('docs/guides/java-api.md, Java $feature', (jdk) => {
  let dir: string;
  let classes: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'pj-guide-'));
    classes = await compileJava(dir, { ...sources(), 'guide.All': all() }, { jdk });
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs every block in a JVM that pj knows nothing of. */
  function all(): string {
    const calls = Object.keys(sources()).filter((name) => name.startsWith('guide.'));
    return `package guide;
public class All {
  public static void main(String[] args) throws Exception {
    com.example.tea.Tea.main(args);
${calls.map((name) => `    ${name}.run();`).join('\n')}
    System.exit(0);
  }
}
`;
  }

  it('has code that compiles', () => {
    expect(Object.keys(sources()).length).toBeGreaterThan(5);
    expect(existsSync(join(classes, 'com/example/tea/Tea.class'))).toBe(true);
  });

  it('has code that does what it says, without pj', async () => {
    const classpath = [classes, API_JAR].join(delimiter);
    const { stdout, stderr } = await promisify(execFile)(
      join(jdk.home, 'bin/java'),
      ['-cp', classpath, `-Dpj.volume.data=${dir}`, '-Dtea.price=4', 'guide.All'],
      { timeout: 180_000 },
    );
    for (const line of ['open', 'that is 4', '[price]', '42', 'in a thread of this application', 'closed', 'flushed'])
      expect(stdout.split('\n')).toContain(line);
    expect(stderr).toBe('');
    expect(readFileSync(join(dir, 'orders.log'), 'utf8')).toBe('two cups\na pot\n');
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JavaSpec } from '../../../src/model/java-spec.ts';
import type { Spec } from '../../../src/model/spec.ts';
import type { Jdk } from '../../../src/os/jdk.ts';
import { compile, pack } from '../java/fixtures.ts';
import { HOST } from './ground.ts';

/** Does what its arguments say, one after the other, and tells of each on its output. */
const APP = `package app;

import java.nio.file.Files;
import java.nio.file.Path;

public final class Main {
    static volatile boolean end;

    public static void main(String[] args) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook ran")));
        System.out.println("begins " + String.join(" ", args));
        for (String arg : args) {
            String[] words = arg.split("=", 2);
            switch (words[0]) {
                case "wait" -> Thread.sleep(1_000_000);
                case "exit" -> System.exit(Integer.parseInt(words[1]));
                case "throw" -> throw new IllegalStateException(words[1]);
                case "property" -> System.out.println(words[1] + " is " + System.getProperty(words[1]));
                case "write" -> Files.writeString(Path.of(System.getProperty("pj.volume.data"), "file"), words[1]);
                case "spin" -> {
                    long until = System.nanoTime() + 60_000_000_000L;
                    while (!end && System.nanoTime() < until) Thread.onSpinWait();
                }
                case "threads" -> {
                    for (int i = 0; i < Integer.parseInt(words[1]); i++) {
                        Thread thread = new Thread(() -> {
                            try {
                                Thread.sleep(1_000_000);
                            } catch (InterruptedException ends) {
                                // It ends.
                            }
                        });
                        thread.setDaemon(true);
                        try {
                            thread.start();
                        } catch (OutOfMemoryError noMore) {
                            break;
                        }
                    }
                }
                case "turn" -> {
                    while (!Thread.interrupted()) Thread.onSpinWait();
                }
                case "stubborn" -> {
                    long until = System.nanoTime() + Long.parseLong(words[1]) * 1_000_000L;
                    while (System.nanoTime() < until) {
                        try {
                            Thread.sleep(20);
                        } catch (InterruptedException ignored) {
                            // That is the point.
                        }
                    }
                }
                case "leak", "deaf" -> {
                    ThreadGroup group = Thread.currentThread().getThreadGroup();
                    // In no group of its application nobody sees that it is one of its threads.
                    while (arg.equals("leak") && group.getParent() != null) group = group.getParent();
                    Thread thread = new Thread(group, () -> {
                        while (true) {
                            try {
                                Thread.sleep(1_000_000);
                            } catch (InterruptedException ignored) {
                                // That is the point.
                            }
                        }
                    }, "never-ends");
                    thread.setDaemon(true);
                    thread.start();
                }
                default -> throw new IllegalArgumentException(arg);
            }
        }
    }
}
`;

/** Programs for applications in a host, compiled once for all tests of a file. */
export interface Programs {
  /** Folder of classes. */
  classes: string;
  jar: string;
  /** Puts another jar at that path, which tells `text` first. */
  pack(path: string, text: string): void;
  clear(): void;
}

export function programs(jdk: Jdk): Programs {
  const root = mkdtempSync(join(tmpdir(), 'pj-shared-java-'));
  const classes = join(root, 'classes');
  const jar = join(root, 'app.jar');
  compile(jdk, { 'app/Main.java': APP }, classes);
  pack(jdk, classes, jar, { 'Main-Class': 'app.Main' });
  let made = 0;
  return {
    classes,
    jar,
    pack(path, text) {
      made += 1;
      const folder = join(root, `made-${made}`);
      compile(jdk, { 'app/Main.java': APP.replace('"begins "', `"${text} "`) }, folder);
      pack(jdk, folder, path, { 'Main-Class': 'app.Main' });
    },
    clear: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** An application in the host that does what `args` say. */
export const inHost = (made: Programs, args: string[], more: Omit<Spec, 'java'> & { java?: JavaSpec } = {}): Spec => ({
  restart: { policy: 'no' },
  stop: { gracePeriod: 5 },
  ...more,
  java: { host: HOST, mainClass: 'app.Main', classpath: [made.classes], args, ...more.java },
});

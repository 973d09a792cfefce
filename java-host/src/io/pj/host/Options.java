package io.pj.host;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the host was started with. `version`: of the pj that its program came with. */
record Options(Path socket, String lineage, String version, List<String> sharedClasspath) {
    /** @throws IllegalArgumentException something is missing or not known */
    static Options of(String[] args) {
        String socket = null;
        String lineage = null;
        String version = null;
        List<String> shared = new ArrayList<>();
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 >= args.length) throw new IllegalArgumentException(args[i] + " needs a value");
            String value = args[i + 1];
            switch (args[i]) {
                case "--socket" -> socket = value;
                case "--lineage" -> lineage = value;
                case "--version" -> version = value;
                case "--shared-classpath" -> {
                    for (String entry : value.split(File.pathSeparator)) if (!entry.isEmpty()) shared.add(entry);
                }
                default -> throw new IllegalArgumentException("unknown argument " + args[i]);
            }
        }
        if (socket == null || lineage == null || version == null) {
            throw new IllegalArgumentException("--socket PATH --lineage L --version V [--shared-classpath A:B] are needed");
        }
        return new Options(Path.of(socket).toAbsolutePath(), lineage, version, List.copyOf(shared));
    }
}

package io.pj.host.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.CodeSource;
import java.util.jar.JarEntry;
import java.util.jar.Manifest;

/** A jar or a folder of a class path. A jar is as it was when it was taken; a folder is read as it is, file by file, as any JVM reads it. */
interface ClassPathEntry {
    /** A file of it. */
    interface Found {
        byte[] bytes() throws IOException;

        URL url();

        /** Who signed it; after bytes(). */
        CodeSource source();
    }

    /** Null: it is not there. */
    Found find(String name);

    /** Of a jar; null where there is none. */
    Manifest manifest() throws IOException;

    URL location();

    void close() throws IOException;

    /** @throws IOException it is not there, cannot be read, or is not a jar; says which */
    static ClassPathEntry open(String path) throws IOException {
        Path file = Path.of(path);
        if (Files.isDirectory(file)) return new Folder(file);
        if (!Files.exists(file)) throw new IOException(path + " is not there");
        try {
            return new Jar(file, JarStore.take(file));
        } catch (IOException bad) {
            throw new IOException(path + " cannot be read as a jar: " + bad.getMessage(), bad);
        }
    }

    /** A folder of classes. */
    final class Folder implements ClassPathEntry {
        private final Path root;
        private final URL location;

        Folder(Path root) throws IOException {
            this.root = root.toRealPath();
            this.location = this.root.toUri().toURL();
        }

        @Override
        public Found find(String name) {
            Path file;
            try {
                file = root.resolve(name.isEmpty() ? "." : name).normalize();
            } catch (IllegalArgumentException notAPath) {
                return null;
            }
            // As the JDK's own loader: no way out of the folder by `..`.
            if (!file.startsWith(root) || name.startsWith("/") || !Files.isReadable(file)) return null;
            if (name.endsWith("/") && !Files.isDirectory(file)) return null;
            return new Found() {
                @Override
                public byte[] bytes() throws IOException {
                    return Files.readAllBytes(file);
                }

                @Override
                public URL url() {
                    try {
                        return file.toUri().toURL();
                    } catch (MalformedURLException never) {
                        throw new IllegalStateException(never);
                    }
                }

                @Override
                public CodeSource source() {
                    return new CodeSource(location, (CodeSigner[]) null);
                }
            };
        }

        @Override
        public Manifest manifest() {
            return null;
        }

        @Override
        public URL location() {
            return location;
        }

        @Override
        public void close() {}
    }

    /** A copy of a jar. */
    final class Jar implements ClassPathEntry {
        private final JarStore store;
        private final HeldJar jar;
        private final URL location;
        private final JarUrls urls;
        private volatile boolean closed;

        Jar(Path file, JarStore store) throws IOException {
            this.store = store;
            this.jar = store.jar();
            this.location = new URL(JarStore.url(file));
            this.urls = new JarUrls(location, jar, () -> closed);
        }

        @Override
        public Found find(String name) {
            if (closed) return null;
            JarEntry entry = jar.getJarEntry(name);
            if (entry == null) return null;
            return new Found() {
                @Override
                public byte[] bytes() throws IOException {
                    try (InputStream in = jar.getInputStream(entry)) {
                        return in.readAllBytes();
                    }
                }

                @Override
                public URL url() {
                    return urls.of(name);
                }

                @Override
                public CodeSource source() {
                    return new CodeSource(location, entry.getCodeSigners());
                }
            };
        }

        @Override
        public Manifest manifest() throws IOException {
            return jar.getManifest();
        }

        @Override
        public URL location() {
            return location;
        }

        @Override
        public synchronized void close() throws IOException {
            if (closed) return;
            closed = true;
            store.release();
        }
    }
}

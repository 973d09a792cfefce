package io.pj.host.load;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.function.BooleanSupplier;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** `jar:file:/app.jar!/name` URLs that read from the copy that a loader has open, not from what lies on disk by now. */
final class JarUrls extends URLStreamHandler {
    private final URL location;
    private final HeldJar jar;
    private final BooleanSupplier closed;

    JarUrls(URL location, HeldJar jar, BooleanSupplier closed) {
        this.location = location;
        this.jar = jar;
        this.closed = closed;
    }

    URL of(String name) {
        try {
            String path = new URI(null, null, "/" + name, null).getRawPath();
            return new URL(null, "jar:" + location + "!" + path, this);
        } catch (URISyntaxException | MalformedURLException never) {
            throw new IllegalStateException(never);
        }
    }

    /** `/name` against such a URL means the jar's root, not the file system's. */
    @Override
    protected void parseURL(URL url, String spec, int start, int limit) {
        String own = url.getFile();
        int root = own == null ? -1 : own.indexOf("!/");
        if (root >= 0 && limit > start && spec.charAt(start) == '/') {
            String path = own.substring(0, root + 1) + spec.substring(start, limit);
            setURL(url, "jar", "", -1, null, null, path, null, limit < spec.length() ? spec.substring(limit + 1) : null);
        } else {
            super.parseURL(url, spec, start, limit);
        }
    }

    @Override
    protected URLConnection openConnection(URL url) throws IOException {
        return new Connection(url);
    }

    private final class Connection extends JarURLConnection {
        private JarEntry entry;

        Connection(URL url) throws MalformedURLException {
            super(url);
        }

        @Override
        public void connect() throws IOException {
            if (connected) return;
            if (closed.getAsBoolean()) throw new IOException(url + ": the application it belongs to is gone");
            if (getEntryName() != null) {
                entry = jar.getJarEntry(getEntryName());
                if (entry == null) throw new FileNotFoundException(url.toString());
            }
            connected = true;
        }

        @Override
        public JarFile getJarFile() throws IOException {
            connect();
            return jar;
        }

        @Override
        public JarEntry getJarEntry() throws IOException {
            connect();
            return entry;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            connect();
            if (entry == null) throw new IOException("no entry name specified");
            return jar.getInputStream(entry);
        }

        @Override
        public long getContentLengthLong() {
            try {
                connect();
                return entry == null ? -1 : entry.getSize();
            } catch (IOException gone) {
                return -1;
            }
        }

        @Override
        public int getContentLength() {
            long length = getContentLengthLong();
            return length > Integer.MAX_VALUE ? -1 : (int) length;
        }

        @Override
        public long getLastModified() {
            try {
                connect();
                return entry == null ? 0 : Math.max(0, entry.getTime());
            } catch (IOException gone) {
                return 0;
            }
        }

        @Override
        public String getContentType() {
            String type = getEntryName() == null ? "x-java/jar" : guessContentTypeFromName(getEntryName());
            return type == null ? "content/unknown" : type;
        }
    }
}

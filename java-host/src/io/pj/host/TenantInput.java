package io.pj.host;

import java.io.IOException;
import java.io.InputStream;

/** System.in: an application reads what it has set, else nothing. */
final class TenantInput extends InputStream {
    private final InputStream host;

    TenantInput(InputStream host) {
        this.host = host;
    }

    private InputStream from() {
        TenantState state = Tenants.calling();
        return state == null ? host : state.in();
    }

    @Override
    public int read() throws IOException {
        return from().read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return from().read(bytes, offset, length);
    }

    @Override
    public long skip(long bytes) throws IOException {
        return from().skip(bytes);
    }

    @Override
    public int available() throws IOException {
        return from().available();
    }

    @Override
    public void mark(int limit) {
        from().mark(limit);
    }

    @Override
    public void reset() throws IOException {
        from().reset();
    }

    @Override
    public boolean markSupported() {
        return from().markSupported();
    }

    /** The host's own stays open. */
    @Override
    public void close() throws IOException {
        InputStream from = from();
        if (from != host) from.close();
    }
}

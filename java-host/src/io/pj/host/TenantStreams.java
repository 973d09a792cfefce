package io.pj.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Locale;

/** System.out or System.err of a JVM with several applications: everything goes on to the stream of the calling one, else to the host's. */
final class TenantStreams extends PrintStream {
    private final PrintStream host;
    private final boolean isErr;

    private TenantStreams(PrintStream host, boolean isErr) {
        super(OutputStream.nullOutputStream(), false, Charset.defaultCharset());
        this.host = host;
        this.isErr = isErr;
    }

    static void install() {
        System.setOut(new TenantStreams(System.out, false));
        System.setErr(new TenantStreams(System.err, true));
        InputStream in = System.in;
        System.setIn(new TenantInput(in));
    }

    /** One of these, which stands for no stream in particular. */
    static boolean isShared(PrintStream stream) {
        return stream == null || stream instanceof TenantStreams;
    }

    private PrintStream to() {
        TenantState state = Tenants.calling();
        return state == null ? host : isErr ? state.err() : state.out();
    }

    @Override
    public void flush() {
        to().flush();
    }

    /** The host's own stays open. */
    @Override
    public void close() {
        PrintStream to = to();
        if (to == host) to.flush();
        else to.close();
    }

    @Override
    public boolean checkError() {
        return to().checkError();
    }

    @Override
    public void write(int b) {
        to().write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        to().write(bytes, offset, length);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        to().write(bytes);
    }

    @Override
    public void writeBytes(byte[] bytes) {
        to().writeBytes(bytes);
    }

    @Override
    public void print(boolean value) {
        to().print(value);
    }

    @Override
    public void print(char value) {
        to().print(value);
    }

    @Override
    public void print(int value) {
        to().print(value);
    }

    @Override
    public void print(long value) {
        to().print(value);
    }

    @Override
    public void print(float value) {
        to().print(value);
    }

    @Override
    public void print(double value) {
        to().print(value);
    }

    @Override
    public void print(char[] value) {
        to().print(value);
    }

    @Override
    public void print(String value) {
        to().print(value);
    }

    @Override
    public void print(Object value) {
        to().print(value);
    }

    @Override
    public void println() {
        to().println();
    }

    @Override
    public void println(boolean value) {
        to().println(value);
    }

    @Override
    public void println(char value) {
        to().println(value);
    }

    @Override
    public void println(int value) {
        to().println(value);
    }

    @Override
    public void println(long value) {
        to().println(value);
    }

    @Override
    public void println(float value) {
        to().println(value);
    }

    @Override
    public void println(double value) {
        to().println(value);
    }

    @Override
    public void println(char[] value) {
        to().println(value);
    }

    @Override
    public void println(String value) {
        to().println(value);
    }

    @Override
    public void println(Object value) {
        to().println(value);
    }

    @Override
    public PrintStream printf(String format, Object... args) {
        to().printf(format, args);
        return this;
    }

    @Override
    public PrintStream printf(Locale locale, String format, Object... args) {
        to().printf(locale, format, args);
        return this;
    }

    @Override
    public PrintStream format(String format, Object... args) {
        to().format(format, args);
        return this;
    }

    @Override
    public PrintStream format(Locale locale, String format, Object... args) {
        to().format(locale, format, args);
        return this;
    }

    @Override
    public PrintStream append(CharSequence text) {
        to().append(text);
        return this;
    }

    @Override
    public PrintStream append(CharSequence text, int start, int end) {
        to().append(text, start, end);
        return this;
    }

    @Override
    public PrintStream append(char value) {
        to().append(value);
        return this;
    }
}

package io.pj.guard;

import java.io.Closeable;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Properties;

/** What the host keeps for one application in place of what is the whole JVM's. */
public interface Application {
    /** Ends the application with this code. Throws an error that ends the thread; does not return. */
    void exit(int code);

    /** Throws IllegalArgumentException for a hook that is there already or has run. */
    void addShutdownHook(Thread hook);

    boolean removeShutdownHook(Thread hook);

    PrintStream out();

    PrintStream err();

    InputStream in();

    /** Null takes back what it set. */
    void setOut(PrintStream out);

    void setErr(PrintStream err);

    void setIn(InputStream in);

    /** Null: the host's, as it was when the application came. */
    void setProperties(Properties properties);

    Thread.UncaughtExceptionHandler uncaughtHandler();

    void setUncaughtHandler(Thread.UncaughtExceptionHandler handler);

    /** A socket that one of its threads is about to wait at; closed when it is stopped and its threads do not heed an interrupt. */
    void opened(Closeable socket);

    /** Writes a line about what was not done to its error output, each text once. */
    void tell(String text);
}

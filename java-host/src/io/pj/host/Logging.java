package io.pj.host;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.ErrorManager;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;

/**
 * What java.util.logging has in a host JVM in place of the JDK's console handler, which gathers what several threads log and writes it in whichever of them comes
 * to flushing first: into another application's log. Read by LogManager when somebody first logs; who configures it by flags of the JVM has what they say.
 */
public final class Logging {
    private static final String CLASS = "java.util.logging.config.class";
    private static final String FILE = "java.util.logging.config.file";

    /** Called by LogManager. */
    public Logging() throws IOException {
        String text = "handlers=" + ToCaller.class.getName() + "\n.level=INFO\n";
        LogManager.getLogManager().readConfiguration(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    static void install() {
        if (System.getProperty(CLASS) == null && System.getProperty(FILE) == null) System.setProperty(CLASS, Logging.class.getName());
    }

    /** Writes each record at once to the System.err of the thread that logs it. */
    public static final class ToCaller extends Handler {
        /** Called by LogManager. */
        public ToCaller() {
            setLevel(Level.INFO);
            setFormatter(new SimpleFormatter());
        }

        @Override
        public void publish(LogRecord record) {
            if (!isLoggable(record)) return;
            Formatter formatter = getFormatter();
            String text;
            try {
                text = formatter.format(record);
            } catch (RuntimeException failed) {
                reportError(null, failed, ErrorManager.FORMAT_FAILURE);
                return;
            }
            System.err.print(text);
        }

        @Override
        public void flush() {
            System.err.flush();
        }

        @Override
        public void close() {
            flush();
        }
    }
}

package io.pj.host.leak;

import io.pj.host.load.TenantLoader;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ResponseCache;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;

/**
 * What an application has registered with the JDK and left there. Parts of the JDK that it has never met are not looked into: that alone would load them.
 */
final class Registrations {
    private interface Part {
        void run() throws Exception;
    }

    private final TenantLoader loader;
    private final Owned owned;
    private final List<String> cleared = new ArrayList<>();

    private Registrations(TenantLoader loader) {
        this.loader = loader;
        this.owned = new Owned(loader);
    }

    /** Takes back what can safely be. @return what it was, for people */
    static List<String> clear(TenantLoader loader) {
        Registrations all = new Registrations(loader);
        all.attempt("java.sql.DriverManager", all::drivers);
        all.attempt("javax.management.ObjectName", all::beans);
        all.attempt("java.util.logging.Logger", all::logging);
        all.attempt("java.net.Authenticator", all::authenticator);
        all.attempt("java.net.CookieHandler", all::cookies);
        all.attempt("java.net.ResponseCache", all::responses);
        all.attempt("java.beans.Introspector", all::introspector);
        all.attempt("java.lang.Object", all::caches);
        return all.cleared;
    }

    /** `met`: only where the application has met this class. */
    private void attempt(String met, Part part) {
        if (!loader.hasMet(met)) return;
        try {
            part.run();
        } catch (Exception | LinkageError failed) {
            // The others are cleared all the same; what stays is found by the proof.
        }
    }

    private void drivers() throws Exception {
        byte[] bytes;
        try (InputStream in = DriverSweep.class.getResourceAsStream("DriverSweep.class")) {
            bytes = in.readAllBytes();
        }
        List<?> swept = (List<?>) loader.adopt(bytes).getMethod("run").invoke(null);
        for (Object driver : swept) cleared.add("JDBC driver " + driver);
    }

    private void beans() throws JMException {
        for (MBeanServer server : MBeanServerFactory.findMBeanServer(null)) {
            for (ObjectName name : server.queryNames(null, null)) {
                try {
                    if (!owned.is(server.getClassLoaderFor(name))) continue;
                    server.unregisterMBean(name);
                    cleared.add("MBean " + name);
                } catch (InstanceNotFoundException gone) {
                    // Between the two calls.
                }
            }
        }
    }

    private void logging() {
        LogManager manager = LogManager.getLogManager();
        for (String name : Collections.list(manager.getLoggerNames())) {
            Logger logger = manager.getLogger(name);
            if (logger == null) continue;
            for (Handler handler : logger.getHandlers()) {
                if (!owned.is(handler) && !owned.is(handler.getFormatter()) && !owned.is(handler.getFilter())) continue;
                logger.removeHandler(handler);
                handler.close();
                cleared.add("logging handler " + handler.getClass().getName() + " of " + (name.isEmpty() ? "the root logger" : name));
            }
            if (!owned.is(logger.getFilter())) continue;
            logger.setFilter(null);
            cleared.add("logging filter of " + name);
        }
    }

    private void authenticator() {
        if (!owned.is(Authenticator.getDefault())) return;
        Authenticator.setDefault(null);
        cleared.add("default Authenticator");
    }

    private void cookies() {
        if (!owned.is(CookieHandler.getDefault())) return;
        CookieHandler.setDefault(null);
        cleared.add("default CookieHandler");
    }

    private void responses() {
        if (!owned.is(ResponseCache.getDefault())) return;
        ResponseCache.setDefault(null);
        cleared.add("default ResponseCache");
    }

    private void introspector() throws Exception {
        Class<?> type = Class.forName("java.beans.Introspector", true, ClassLoader.getPlatformClassLoader());
        type.getMethod("flushCaches").invoke(null);
    }

    /** Caches of the JDK that hold classes softly: they would go when memory is short, and count as leaks until then. */
    private void caches() {
        ResourceBundle.clearCache(loader);
        Class<?> streams = Internals.type("java.io.ObjectStreamClass$Caches");
        for (String name : new String[] {"localDescs", "reflectors"}) {
            if (streams != null && Internals.get(streams, null, name) instanceof Map<?, ?> cache) cache.clear();
        }
    }
}

package io.pj.host.load;

import java.io.Closeable;
import java.io.IOException;
import java.net.URL;
import java.security.AccessController;
import java.security.CodeSource;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.Attributes.Name;
import java.util.jar.Manifest;

/**
 * Loads the classes of one application. Order: packages of the JDK from the JDK (as in a JVM of its own), then its own class path, then what all
 * applications share; resources: its own first. Every class that it defines goes through its definer. Reads as itself, whatever the callers may do.
 */
public final class TenantLoader extends ClassLoader implements Closeable {
    static {
        registerAsParallelCapable();
    }

    /** What is done to every class. */
    public interface Definer {
        byte[] rewrite(byte[] bytes);

        ProtectionDomain domain(ClassLoader loader, CodeSource source);
    }

    private final String name;
    private final List<ClassPathEntry> entries;
    private final Definer definer;
    private final Map<CodeSource, ProtectionDomain> domains = new ConcurrentHashMap<>();
    private final AtomicInteger defined = new AtomicInteger();

    private TenantLoader(String name, List<ClassPathEntry> entries, ClassLoader parent, Definer definer) {
        // Without a name of the loader's own: stack traces read as in a JVM of its own.
        super(parent);
        this.name = name;
        this.entries = entries;
        this.definer = definer;
    }

    /**
     * Takes every jar of a class path as it is now.
     *
     * @throws IOException an entry is not there or cannot be read
     */
    public static TenantLoader open(String name, List<String> classpath, ClassLoader parent, Definer definer)
            throws IOException {
        List<ClassPathEntry> entries = new ArrayList<>();
        try {
            for (String path : classpath) entries.add(ClassPathEntry.open(path));
            return new TenantLoader(name, List.copyOf(entries), parent, definer);
        } catch (IOException | RuntimeException failed) {
            for (ClassPathEntry entry : entries) entry.close();
            throw failed;
        }
    }

    /** How many classes it has defined. */
    public int classes() {
        return defined.get();
    }

    /** Frees its jars. Classes that are loaded go on; no other is found. */
    @Override
    public void close() throws IOException {
        for (ClassPathEntry entry : entries) entry.close();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> found = findLoadedClass(name);
            if (found == null && (ParentLoader.ofJdk(name) || ParentLoader.ofHost(name))) {
                try {
                    found = getParent().loadClass(name);
                } catch (ClassNotFoundException notThere) {
                    // A package that a library adds classes to.
                }
            }
            if (found == null) found = own(name);
            if (found == null) found = getParent().loadClass(name);
            if (resolve) resolveClass(found);
            return found;
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> found = findLoadedClass(name);
            if (found == null) found = own(name);
            if (found == null) throw new ClassNotFoundException(name);
            return found;
        }
    }

    private Class<?> own(String name) throws ClassNotFoundException {
        String file = name.replace('.', '/').concat(".class");
        try {
            return AccessController.doPrivileged((PrivilegedExceptionAction<Class<?>>) () -> {
                for (ClassPathEntry entry : entries) {
                    ClassPathEntry.Found found = entry.find(file);
                    if (found != null) return define(name, entry, found);
                }
                return null;
            });
        } catch (PrivilegedActionException failed) {
            throw new ClassNotFoundException(name, failed.getException());
        }
    }

    private Class<?> define(String name, ClassPathEntry entry, ClassPathEntry.Found found) throws IOException {
        byte[] bytes = definer.rewrite(found.bytes());
        definePackage(ParentLoader.packageOf(name), entry);
        ProtectionDomain domain =
                domains.computeIfAbsent(found.source(), source -> definer.domain(this, source));
        Class<?> made = defineClass(name, bytes, 0, bytes.length, domain);
        defined.incrementAndGet();
        return made;
    }

    /** @throws SecurityException the package is sealed, and this class is not from its jar */
    private void definePackage(String name, ClassPathEntry entry) throws IOException {
        if (name.isEmpty()) return;
        Manifest manifest = entry.manifest();
        URL sealed = manifest != null && isSealed(name, manifest) ? entry.location() : null;
        Package there = getDefinedPackage(name);
        if (there == null) {
            try {
                definePackage(name, manifest, sealed);
                return;
            } catch (IllegalArgumentException another) {
                there = getDefinedPackage(name);
            }
        }
        boolean fits = there.isSealed() ? there.isSealed(entry.location()) : sealed == null;
        if (!fits) throw new SecurityException("sealing violation: package " + name + " is sealed");
    }

    private void definePackage(String name, Manifest manifest, URL sealed) {
        Attributes own = manifest == null ? null : manifest.getAttributes(name.replace('.', '/') + "/");
        Attributes main = manifest == null ? null : manifest.getMainAttributes();
        definePackage(
                name,
                attribute(own, main, Name.SPECIFICATION_TITLE),
                attribute(own, main, Name.SPECIFICATION_VERSION),
                attribute(own, main, Name.SPECIFICATION_VENDOR),
                attribute(own, main, Name.IMPLEMENTATION_TITLE),
                attribute(own, main, Name.IMPLEMENTATION_VERSION),
                attribute(own, main, Name.IMPLEMENTATION_VENDOR),
                sealed);
    }

    private static boolean isSealed(String name, Manifest manifest) {
        Attributes own = manifest.getAttributes(name.replace('.', '/') + "/");
        return "true".equalsIgnoreCase(attribute(own, manifest.getMainAttributes(), Name.SEALED));
    }

    private static String attribute(Attributes own, Attributes main, Name name) {
        String value = own == null ? null : own.getValue(name);
        return value == null && main != null ? main.getValue(name) : value;
    }

    @Override
    public URL getResource(String name) {
        URL found = findResource(name);
        return found == null ? getParent().getResource(name) : found;
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        List<URL> found = new ArrayList<>(urls(name, Integer.MAX_VALUE));
        found.addAll(Collections.list(getParent().getResources(name)));
        return Collections.enumeration(found);
    }

    @Override
    protected URL findResource(String name) {
        List<URL> found = urls(name, 1);
        return found.isEmpty() ? null : found.get(0);
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        return Collections.enumeration(urls(name, Integer.MAX_VALUE));
    }

    private List<URL> urls(String name, int most) {
        return AccessController.doPrivileged((PrivilegedAction<List<URL>>) () -> entries.stream()
                .map(entry -> entry.find(name))
                .filter(found -> found != null)
                .limit(most)
                .map(ClassPathEntry.Found::url)
                .toList());
    }

    /** A class that it, or the loader of what all applications share, was asked for and found. */
    public boolean hasMet(String name) {
        return findLoadedClass(name) != null || (getParent() instanceof TenantLoader shared && shared.hasMet(name));
    }

    /** A class of the host's made one of this loader's, for what the JDK tells or does by the loader of its caller. */
    public Class<?> adopt(byte[] bytes) {
        return defineClass(null, bytes, 0, bytes.length);
    }

    /** `file:` URLs of its class path. */
    public List<URL> locations() {
        return entries.stream().map(ClassPathEntry::location).toList();
    }

    @Override
    public String toString() {
        return "loader of " + name;
    }
}

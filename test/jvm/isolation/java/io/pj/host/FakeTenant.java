package io.pj.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** An application as the isolating parts see it, without the rest of the host. Its classes are those below `app/` of a folder. */
final class FakeTenant implements Tenant {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    final List<Integer> exits = new ArrayList<>();
    final List<Thread> hooks = new ArrayList<>();
    private final String key;
    private final ThreadGroup group;
    private final ClassLoader loader;
    private final PrintStream outStream = new PrintStream(out, true);
    private final PrintStream errStream = new PrintStream(err, true);
    private final Properties properties;
    private final KernelGroup kernel;
    private final Policy policy;

    FakeTenant(String key, Path classes, Map<String, String> properties, KernelGroup kernel, Policy policy) {
        this.key = key;
        this.kernel = kernel;
        this.policy = policy;
        this.properties = TenantProperties.forTenant(properties);
        group = new ThreadGroup("app " + key) {
            @Override
            public void uncaughtException(Thread thread, Throwable thrown) {
                Tenants.uncaught(FakeTenant.this, thread, thrown);
            }
        };
        loader = new Loader(classes);
        Tenants.add(this);
    }

    /** Runs a static method without arguments of a class of it, on a thread of its own, to the end. What it threw, or null. */
    Throwable run(String className, String method) throws Exception {
        Throwable[] thrown = new Throwable[1];
        Thread thread = start(className, method, thrown);
        thread.join();
        return thrown[0];
    }

    Thread start(String className, String method, Throwable[] thrown) {
        Thread thread = new Thread(group, () -> {
            kernel.join();
            try {
                loader.loadClass(className).getMethod(method).invoke(null);
            } catch (java.lang.reflect.InvocationTargetException wrapped) {
                thrown[0] = wrapped.getCause();
            } catch (ReflectiveOperationException broken) {
                thrown[0] = broken;
            }
        }, "main");
        thread.setContextClassLoader(loader);
        thread.start();
        return thread;
    }

    Class<?> load(String name) throws ClassNotFoundException {
        return loader.loadClass(name);
    }

    private static final class Loader extends ClassLoader {
        private final Path classes;

        Loader(Path classes) {
            super(ClassLoader.getPlatformClassLoader());
            this.classes = classes;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("io.pj.guard.")) return ClassLoader.getSystemClassLoader().loadClass(name);
            java.security.PrivilegedAction<byte[]> read = () -> {
                try (InputStream in = Files.newInputStream(classes.resolve(name.replace('.', '/') + ".class"))) {
                    return in.readAllBytes();
                } catch (IOException absent) {
                    return null;
                }
            };
            byte[] bytes = java.security.AccessController.doPrivileged(read);
            if (bytes == null) throw new ClassNotFoundException(name);
            bytes = ClassRewriter.rewrite(bytes);
            return defineClass(name, bytes, 0, bytes.length, Policies.domain(this, null));
        }
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public ThreadGroup group() {
        return group;
    }

    @Override
    public ClassLoader loader() {
        return loader;
    }

    @Override
    public PrintStream out() {
        return outStream;
    }

    @Override
    public PrintStream err() {
        return errStream;
    }

    @Override
    public Properties properties() {
        return properties;
    }

    @Override
    public KernelGroup kernel() {
        return kernel;
    }

    @Override
    public Policy policy() {
        return policy;
    }

    @Override
    public void exit(int code) {
        synchronized (exits) {
            exits.add(code);
        }
        throw new ExitError(code);
    }

    @Override
    public void addShutdownHook(Thread hook) {
        hooks.add(hook);
    }

    @Override
    public boolean removeShutdownHook(Thread hook) {
        return hooks.remove(hook);
    }
}

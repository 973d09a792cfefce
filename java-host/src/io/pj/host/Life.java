package io.pj.host;

import io.pj.host.load.TenantLoader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** One run of an application: its loader, its threads, its output. Ended once, by itself or by finish(); then nothing of it is used again. */
final class Life implements Tenant {
    static final TenantLoader.Definer DEFINER = new TenantLoader.Definer() {
        @Override
        public byte[] rewrite(byte[] bytes) {
            return ClassRewriter.rewrite(bytes);
        }

        @Override
        public ProtectionDomain domain(ClassLoader loader, CodeSource source) {
            return Policies.domain(loader, source);
        }
    };

    /** Milliseconds that taking back what it registered may take. */
    private static final long CLEAR = 5_000;

    private final String key;
    private final ThreadGroup group;
    private final KernelGroup kernel;
    private final LogFiles logs;
    private final Properties properties;
    private final Policy policy;
    private final boolean daemon;
    private final Binding binding;
    private final ShutdownHooks hooks = new ShutdownHooks();
    private final CountDownLatch entered = new CountDownLatch(1);
    private final Consumer<Life> ended;
    private volatile TenantLoader loader;
    private volatile String startError;
    private volatile Instant startedAt;
    private volatile boolean mainReturned;
    private boolean over;
    private boolean ending;
    private AppExit exit;

    /**
     * Takes the class path as it is now; starts nothing.
     *
     * @param ended told once, from a thread of the application, when it has ended by itself
     */
    Life(AppSpec spec, ClassLoader parent, KernelGroup kernel, Bindings bindings, Consumer<Life> ended) throws HostError {
        this.key = spec.key();
        this.kernel = kernel;
        this.daemon = spec.daemon();
        this.ended = ended;
        this.group = new ThreadGroup("app " + spec.key());
        this.properties = propertiesOf(spec);
        this.policy = policyOf(spec);
        LogFiles files = null;
        try {
            files = new LogFiles(spec.out(), spec.err());
            this.loader = TenantLoader.open(spec.key(), spec.classpath(), parent, DEFINER);
        } catch (IOException failed) {
            if (files != null) files.close();
            throw new HostError("start-failed", failed.getMessage());
        }
        this.logs = files;
        try {
            Tenants.add(this);
        } catch (UnsupportedOperationException noPolicies) {
            drop(null);
            throw new HostError("start-failed", "this Java cannot hold a security policy: " + noPolicies.getMessage());
        }
        Map<String, Path> volumes = new LinkedHashMap<>();
        for (AppSpec.VolumeSpec volume : spec.volumes()) volumes.put(volume.name(), Path.of(volume.path()));
        this.binding =
                bindings.make(this, new Bindings.Parts(spec.id(), spec.messaging(), poolOf(spec), volumes, spec.properties()));
    }

    /** As in a JVM of its own, java.class.path is its own too. */
    private static Properties propertiesOf(AppSpec spec) {
        Map<String, String> own = new LinkedHashMap<>();
        own.put("java.class.path", String.join(File.pathSeparator, spec.classpath()));
        own.putAll(spec.properties());
        return TenantProperties.forTenant(own);
    }

    private static Policy policyOf(AppSpec spec) {
        Policy own = spec.policy();
        if (own == null) return null;
        List<String> volumes = spec.volumes().stream().map(AppSpec.VolumeSpec::path).toList();
        return Policies.policyOf(own.reflection(), own.networking(), own.fileSystem(), own.files(), own.sockets(), spec.classpath(), volumes);
    }

    static PoolSizes poolOf(AppSpec spec) {
        AppSpec.PoolSpec pool = spec.pool();
        if (pool == null) return null;
        return new PoolSizes(pool.corePoolSize(), pool.maxPoolSize(), pool.queueCapacity(), (int) Math.ceil(pool.keepAlive()));
    }

    /** Returns when main has been entered or could not be: null, or why not. */
    String start(String mainClass, List<String> args) throws InterruptedException {
        Thread main = new Thread(group, () -> run(mainClass, args.toArray(String[]::new)), "main");
        main.setContextClassLoader(loader);
        main.setDaemon(false);
        main.setPriority(Thread.NORM_PRIORITY);
        main.start();
        entered.await();
        return startError;
    }

    private void run(String mainClass, String[] args) {
        try {
            MainMethod main;
            try {
                kernel.join();
                main = MainMethod.find(loader, mainClass);
            } catch (Throwable failed) {
                startError = failed instanceof ReflectiveOperationException ? failed.getMessage() : AppExit.describe(failed);
                return;
            }
            startedAt = Instant.now();
            entered.countDown();
            main.call(args);
            mainReturned = true;
            check();
        } catch (ExitError exited) {
            // exit() has told it.
        } catch (Throwable thrown) {
            // Being interrupted is how it is ended: no news for its log.
            try {
                if (!(isEnding() && thrown instanceof InterruptedException)) uncaught(thrown);
            } finally {
                end(AppExit.thrown(thrown));
            }
        } finally {
            entered.countDown();
        }
    }

    /** As the JVM does: what its handler throws is nobody's news. */
    private void uncaught(Throwable thrown) {
        Thread thread = Thread.currentThread();
        try {
            Thread.UncaughtExceptionHandler handler = thread.getUncaughtExceptionHandler();
            if (handler == null || handler instanceof ThreadGroup) Tenants.uncaught(this, thread, thrown);
            else handler.uncaughtException(thread, thrown);
        } catch (Throwable ignored) {
            // Also the end of a System.exit, which the application has told already.
        }
    }

    /** Ends it when its main has returned and nothing keeps it up. Called from time to time. */
    void check() {
        if (!mainReturned || daemon) return;
        for (Thread thread : GroupThreads.living(group)) if (!thread.isDaemon()) return;
        end(AppExit.of(0));
    }

    private void end(AppExit how) {
        synchronized (this) {
            if (over || ending) return;
            over = true;
            exit = how;
        }
        ended.accept(this);
    }

    private synchronized boolean isEnding() {
        return ending;
    }

    /** How it ended by itself; null: it did not. */
    synchronized AppExit ownExit() {
        return exit;
    }

    /** When main was entered; null: not yet. */
    Instant startedAt() {
        return startedAt;
    }

    /**
     * Ends it: runs its shutdown hooks, then interrupts its threads, for at most `grace` seconds in all. May be called again while threads remain.
     *
     * @return the threads that remain
     */
    List<Thread> finish(double grace) throws InterruptedException {
        synchronized (this) {
            ending = true;
        }
        return new Ending(this, hooks, binding).run(grace);
    }

    List<Thread> threads() {
        return GroupThreads.living(group);
    }

    int classes() {
        TenantLoader now = loader;
        return now == null ? 0 : now.classes();
    }

    void resize(PoolSizes sizes) {
        binding.resize(sizes);
    }

    /** Lets go of everything, after finish(). @return what is to prove that its loader goes */
    Retired retire() {
        Retired retired = new Retired(key, loader);
        drop(retired);
        return retired;
    }

    private void drop(Retired retired) {
        if (binding != null) binding.drop();
        TenantLoader old = loader;
        if (retired != null) clear(old);
        Tenants.remove(this);
        loader = null;
        hooks.clear();
        properties.clear();
        try {
            old.close();
        } catch (IOException ignored) {
            // Its copy of a jar is gone with the process at the latest.
        }
        // Threads that remain may still write.
        if (GroupThreads.living(group).isEmpty()) logs.close();
    }

    /** In a thread of its own: what it registered may run code of it, which may print, and take its time. */
    private void clear(TenantLoader old) {
        Thread thread = new Thread(group, () -> {
            kernel.join();
            Retired.clear(old, group, logs.err);
        }, "pj-clear", 0, false);
        thread.setContextClassLoader(old);
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(CLEAR);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) thread.interrupt();
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
        return logs.out;
    }

    @Override
    public PrintStream err() {
        return logs.err;
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
        end(AppExit.of(code));
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

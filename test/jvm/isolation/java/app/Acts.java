package app;

import java.io.File;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.AllPermission;
import java.security.CodeSource;
import java.security.Permissions;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What a policy lets or does not let an application do; paths and ports come as properties. */
public final class Acts {
    private String secret = "s";

    private Acts() {}

    public static void readForbidden() throws Exception {
        Files.readString(Path.of(System.getProperty("act.forbidden")));
    }

    public static void readGranted() throws Exception {
        Files.readString(Path.of(System.getProperty("act.granted")));
    }

    public static void writeGranted() throws Exception {
        Files.writeString(Path.of(System.getProperty("act.granted")), "x");
    }

    public static void climb() throws Exception {
        Files.readString(Path.of(System.getProperty("act.granted")).resolveSibling("../forbidden/file"));
    }

    public static void useVolume() throws Exception {
        Path file = Path.of(System.getProperty("act.volume"), "made");
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            out.write(1);
        }
        Files.delete(file);
    }

    public static void readClassPath() throws Exception {
        new File(System.getProperty("act.classes"), "app/Acts.class").length();
        Files.size(Path.of(System.getProperty("act.classes"), "app/Acts.class"));
    }

    public static void link() throws Exception {
        Path link = Path.of(System.getProperty("act.volume"), "link");
        Files.createSymbolicLink(link, Path.of(System.getProperty("act.forbidden")));
        Files.delete(link);
    }

    public static void exec() throws Exception {
        new ProcessBuilder("/bin/true").start().waitFor();
    }

    public static void connectGranted() throws Exception {
        new Socket("127.0.0.1", Integer.getInteger("act.port")).close();
    }

    public static void connectOther() throws Exception {
        new Socket("127.0.0.1", Integer.getInteger("act.otherPort")).close();
    }

    public static void listen() throws Exception {
        new ServerSocket(0).close();
    }

    public static void unixSocket() throws Exception {
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX).bind(
                java.net.UnixDomainSocketAddress.of(System.getProperty("act.volume") + "/sock")).close();
        Files.deleteIfExists(Path.of(System.getProperty("act.volume"), "sock"));
    }

    public static void reflect() throws Exception {
        Field field = Other.class.getDeclaredField("hidden");
        field.setAccessible(true);
        field.get(new Other());
    }

    public static void reflectOwnPublic() throws Exception {
        new Acts().getClass().getDeclaredField("secret").get(new Acts());
        Acts.class.getMethod("toString").invoke(new Acts());
    }

    public static void library() {
        System.loadLibrary("net");
    }

    public static void foreignThreads() {
        ThreadGroup group = Thread.currentThread().getThreadGroup().getParent();
        Thread[] all = new Thread[100];
        int count = group.enumerate(all);
        for (int i = 0; i < count; i++) if (all[i].getName().equals("foreign")) all[i].interrupt();
    }

    public static void foreignByAll() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) if (thread.getName().equals("foreign")) thread.interrupt();
    }

    public static void insideTheHost() throws Exception {
        Object state = Class.forName("java.lang.System").getField("out").get(null);
        for (Field field : state.getClass().getDeclaredFields()) field.getName();
        throw new IllegalStateException("fields of the host are seen");
    }

    public static void classOfTheHost() throws Exception {
        Class.forName("io.pj.host.Tenants", true, ClassLoader.getSystemClassLoader());
    }

    public static void ownManager() {
        System.setSecurityManager(null);
    }

    public static void privileged() {
        PrivilegedAction<Void> read = () -> {
            try {
                readForbidden();
            } catch (SecurityException denied) {
                throw denied;
            } catch (Exception other) {
                throw new IllegalStateException(other);
            }
            return null;
        };
        AccessController.doPrivileged(read);
    }

    /** A loader of its own that gives its classes every permission, and has no parent. */
    public static void selfMadeLoader() throws Exception {
        Permissions everything = new Permissions();
        everything.add(new AllPermission());
        byte[] bytes;
        try (InputStream in = Files.newInputStream(Path.of(System.getProperty("act.classes"), "app/Escape.class"))) {
            bytes = in.readAllBytes();
        }
        Runnable escape = (Runnable) new ClassLoader(null) {
            Class<?> define() {
                return defineClass("app.Escape", bytes, 0, bytes.length, new ProtectionDomain(new CodeSource(null, (java.security.cert.Certificate[]) null), everything));
            }
        }.define().getDeclaredConstructor().newInstance();
        CompletableFuture<Void> elsewhere = CompletableFuture.runAsync(escape);
        try {
            elsewhere.join();
        } catch (CompletionException thrown) {
            throw (Exception) thrown.getCause();
        }
    }

    public static void commonPool() throws Throwable {
        try {
            CompletableFuture.runAsync(Acts::privileged).join();
        } catch (CompletionException thrown) {
            throw thrown.getCause();
        }
    }

    /** Nothing but classes of the JDK is on the stack of this thread. */
    public static void throughTheJdk() throws Exception {
        File victim = new File(System.getProperty("act.forbidden"));
        Runnable delete = (Runnable) java.lang.invoke.MethodHandleProxies.asInterfaceInstance(Runnable.class,
                java.lang.invoke.MethodHandles.publicLookup().findVirtual(File.class, "delete", java.lang.invoke.MethodType.methodType(boolean.class))
                        .bindTo(victim).asType(java.lang.invoke.MethodType.methodType(void.class)));
        SecurityException[] denied = new SecurityException[1];
        Thread thread = new Thread(delete);
        thread.setUncaughtExceptionHandler((which, thrown) -> denied[0] = (SecurityException) thrown);
        thread.start();
        thread.join();
        if (denied[0] != null) throw denied[0];
    }

    /** What any program does. */
    public static void ordinary() throws Exception {
        java.time.ZonedDateTime.now(java.time.ZoneId.of("Europe/Vienna")).format(java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME);
        new String("ü".getBytes("IBM850"), "IBM850");
        java.text.NumberFormat.getInstance(java.util.Locale.FRANCE).format(1234.5);
        javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new java.io.ByteArrayInputStream("<a/>".getBytes()));
        java.security.MessageDigest.getInstance("SHA-256").digest(new byte[1]);
        java.util.ServiceLoader.load(java.nio.file.spi.FileSystemProvider.class).iterator().hasNext();
        java.util.concurrent.ExecutorService pool = java.util.concurrent.Executors.newFixedThreadPool(2);
        pool.submit(() -> String.format("%s %tF", "x", new java.util.Date())).get();
        pool.shutdown();
        java.util.logging.Logger.getLogger("app").fine("x");
        java.util.stream.IntStream.range(0, 1000).parallel().sum();
        new java.io.ObjectOutputStream(new java.io.ByteArrayOutputStream()).writeObject(new java.util.ArrayList<>(java.util.List.of("x")));
        Thread thread = new Thread(new ThreadGroup("mine"), () -> {});
        thread.setDaemon(true);
        thread.start();
        thread.interrupt();
        thread.join();
        java.util.ResourceBundle.getBundle("sun.security.util.Resources".isEmpty() ? "" : "app.Texts", java.util.Locale.ROOT, Acts.class.getClassLoader());
        System.getProperties().setProperty("some.thing", "x");
        System.getenv("PATH");
        java.net.InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        Object proxy = java.lang.reflect.Proxy.newProxyInstance(Acts.class.getClassLoader(), new Class<?>[] {Runnable.class}, (p, m, a) -> null);
        ((Runnable) proxy).run();
    }

    /** By reflection on reflection: the guard does not see this one. */
    public static void hiddenExit() throws Throwable {
        Class<?> type = Class.class;
        java.lang.reflect.Method look = type.getMethod("getMethod", String.class, Class[].class);
        java.lang.reflect.Method exit = (java.lang.reflect.Method) look.invoke(System.class, "exit", new Class<?>[] {int.class});
        try {
            exit.invoke(null, 77);
        } catch (java.lang.reflect.InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    static final class Other {
        private final String hidden = "h";
    }
}

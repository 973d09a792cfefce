package app;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;

/** Every way to ask the JVM to exit; each with a code of its own. */
public final class Exits {
    private static final Runtime RUNTIME = Runtime.getRuntime();
    private static int zero;

    private Exits() {}

    public static void direct() {
        System.exit(1);
    }

    public static void methodReference() {
        IntConsumer exit = System::exit;
        exit.accept(2);
    }

    public static void lambda() {
        Runnable exit = () -> System.exit(3);
        exit.run();
    }

    public static void runtime() {
        Runtime.getRuntime().exit(4);
    }

    public static void halt() {
        RUNTIME.halt(5);
    }

    public static void boundReference() {
        IntConsumer exit = RUNTIME::halt;
        exit.accept(6);
    }

    public static void unboundReference() {
        ObjIntConsumer<Runtime> exit = Runtime::exit;
        exit.accept(RUNTIME, 7);
    }

    public static void reflection() throws Throwable {
        invoke(System.class.getMethod("exit", int.class), null, 8);
    }

    public static void reflectionOfRuntime() throws Throwable {
        invoke(Runtime.class.getDeclaredMethod("halt", int.class), RUNTIME, 9);
    }

    public static void reflectionOfAll() throws Throwable {
        for (Method method : Runtime.class.getMethods()) if (method.getName().equals("exit")) invoke(method, RUNTIME, 10);
    }

    public static void methodHandle() throws Throwable {
        MethodHandle exit = MethodHandles.lookup().findStatic(System.class, "exit", MethodType.methodType(void.class, int.class));
        exit.invokeExact(11);
    }

    public static void virtualHandle() throws Throwable {
        MethodHandle exit = MethodHandles.lookup().findVirtual(Runtime.class, "exit", MethodType.methodType(void.class, int.class));
        exit.invokeExact(RUNTIME, 12);
    }

    /** Instructions whose length depends on where they stand and what they hold come before the call. */
    public static void afterSwitches() {
        int code = 13 + zero;
        for (int i = 0; i < 3; i++) {
            switch (i) {
                case 0 -> code += 0;
                case 1 -> code += zero;
                case 2 -> code -= zero;
                default -> code = 99;
            }
            switch (i * 1000) {
                case 1000 -> code++;
                case 2_000_000 -> code = 98;
                case -7 -> code = 97;
                default -> code += zero;
            }
        }
        code += 1000;
        code -= 1001;
        System.exit(code);
    }

    public static void ownThread() throws Exception {
        Thread thread = new Thread(() -> System.exit(14));
        thread.start();
        thread.join();
    }

    public static void groupBelow() throws Exception {
        Thread thread = new Thread(new ThreadGroup("below"), () -> System.exit(15));
        thread.start();
        thread.join();
    }

    /** The common pool's threads are nobody's: the code that calls says whose it is. */
    public static void commonPool() throws Throwable {
        try {
            CompletableFuture.runAsync(() -> System.exit(16)).join();
        } catch (CompletionException thrown) {
            throw thrown.getCause();
        }
    }

    private static void invoke(Method method, Object on, int code) throws Throwable {
        try {
            method.invoke(on, code);
        } catch (java.lang.reflect.InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}

package io.pj.host;

import java.util.HashMap;
import java.util.Map;

/** Members of the JDK that concern the whole JVM, for which io.pj.guard.Guard has a method of the same name. */
final class GuardedCalls {
    enum Kind {
        STATIC,
        VIRTUAL,
        FIELD
    }

    static final String GUARD = "io/pj/guard/Guard";
    private static final Map<String, Map<String, Kind>> MEMBERS = new HashMap<>();

    static {
        String system = "java/lang/System";
        add(system, Kind.STATIC, "exit(I)V", "setOut(Ljava/io/PrintStream;)V", "setErr(Ljava/io/PrintStream;)V", "setIn(Ljava/io/InputStream;)V");
        add(system, Kind.STATIC, "setProperties(Ljava/util/Properties;)V", "setSecurityManager(Ljava/lang/SecurityManager;)V");
        add(system, Kind.FIELD, "outLjava/io/PrintStream;", "errLjava/io/PrintStream;", "inLjava/io/InputStream;");
        add("java/lang/Runtime", Kind.VIRTUAL, "exit(I)V", "halt(I)V", "addShutdownHook(Ljava/lang/Thread;)V", "removeShutdownHook(Ljava/lang/Thread;)Z");
        String handler = "Ljava/lang/Thread$UncaughtExceptionHandler;";
        add("java/lang/Thread", Kind.STATIC, "setDefaultUncaughtExceptionHandler(" + handler + ")V", "getDefaultUncaughtExceptionHandler()" + handler);
        add("java/net/URL", Kind.STATIC, "setURLStreamHandlerFactory(Ljava/net/URLStreamHandlerFactory;)V");
        add("java/net/ServerSocket", Kind.VIRTUAL, "accept()Ljava/net/Socket;");
        add("java/net/Socket", Kind.VIRTUAL, "getInputStream()Ljava/io/InputStream;");
        add("java/net/DatagramSocket", Kind.VIRTUAL, "receive(Ljava/net/DatagramPacket;)V");
        String method = "Ljava/lang/reflect/Method;";
        String lookUp = "(Ljava/lang/String;[Ljava/lang/Class;)" + method;
        add("java/lang/Class", Kind.VIRTUAL, "getMethod" + lookUp, "getDeclaredMethod" + lookUp, "getMethods()[" + method, "getDeclaredMethods()[" + method);
        String find = "(Ljava/lang/Class;Ljava/lang/String;Ljava/lang/invoke/MethodType;)Ljava/lang/invoke/MethodHandle;";
        add("java/lang/invoke/MethodHandles$Lookup", Kind.VIRTUAL, "findStatic" + find, "findVirtual" + find);
    }

    private GuardedCalls() {}

    /** By name and descriptor, one after the other; null: nothing of this class is guarded. */
    static Map<String, Kind> of(String owner) {
        return MEMBERS.get(owner);
    }

    private static void add(String owner, Kind kind, String... members) {
        for (String member : members) MEMBERS.computeIfAbsent(owner, key -> new HashMap<>()).put(member, kind);
    }
}

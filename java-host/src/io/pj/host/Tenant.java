package io.pj.host;

import java.io.PrintStream;
import java.util.Properties;

/**
 * One application in this JVM, as the parts that isolate it see it: its thread group (every platform thread of it is in it or below), its loader of now,
 * its output, its system properties. Made by App; a restart and a reload make another one.
 */
interface Tenant {
    /** ID@GENERATION. */
    String key();

    ThreadGroup group();

    /** The loader that its classes come from; null once it was dropped. */
    ClassLoader loader();

    PrintStream out();

    PrintStream err();

    /** The host's properties under its own; what it sets is its own. */
    Properties properties();

    /** The kernel's groups for its threads. */
    KernelGroup kernel();

    /** What it may do; null: what the host may. */
    Policy policy();

    /** System.exit and its like: the application ends with this code, the JVM does not. Does not return to the caller: throws ExitError. */
    void exit(int code);

    /** Runtime.addShutdownHook: run when the application is stopped. */
    void addShutdownHook(Thread hook);

    boolean removeShutdownHook(Thread hook);
}

package io.pj.host;

import io.pj.host.leak.Holders;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The platform threads of a thread group. */
final class GroupThreads {
    private static final int FRAMES = 6;

    private GroupThreads() {}

    /** Those that live in it or below, but for this thread and those that the JDK keeps for all. */
    static List<Thread> living(ThreadGroup group) {
        Thread[] found = new Thread[group.activeCount() + 16];
        int count = group.enumerate(found, true);
        // Full: there may be more than fitted.
        while (count == found.length) {
            found = new Thread[found.length * 2];
            count = group.enumerate(found, true);
        }
        List<Thread> living = new ArrayList<>(count);
        for (Thread thread : Arrays.copyOf(found, count)) {
            if (thread != Thread.currentThread() && thread.isAlive() && !Holders.shared(thread)) living.add(thread);
        }
        return living;
    }

    /** For details of an error: name, state and the top of the stack of each. */
    static List<Map<String, Object>> describe(List<Thread> threads) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (Thread thread : threads) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", thread.getName());
            one.put("state", thread.getState().toString());
            one.put("stack", Arrays.stream(thread.getStackTrace()).limit(FRAMES).map(StackTraceElement::toString).toList());
            list.add(one);
        }
        return list;
    }

    /** `"worker" at Some.method(Some.java:12), …` */
    static String summary(List<Thread> threads) {
        List<String> parts = new ArrayList<>();
        for (Thread thread : threads.subList(0, Math.min(5, threads.size()))) {
            StackTraceElement[] stack = thread.getStackTrace();
            parts.add('"' + thread.getName() + '"' + (stack.length == 0 ? "" : " at " + stack[0]));
        }
        if (threads.size() > 5) parts.add("and " + (threads.size() - 5) + " more");
        return String.join(", ", parts);
    }

    /** Every thread with its whole stack, as a thread dump has it. */
    static String dump(List<Thread> threads) {
        StringBuilder out = new StringBuilder();
        for (Thread thread : threads) {
            out.append('"').append(thread.getName()).append("\" id=").append(thread.getId()).append(' ').append(thread.getState());
            if (thread.isDaemon()) out.append(" daemon");
            out.append('\n');
            for (StackTraceElement frame : thread.getStackTrace()) out.append("    at ").append(frame).append('\n');
            out.append('\n');
        }
        return out.toString();
    }
}

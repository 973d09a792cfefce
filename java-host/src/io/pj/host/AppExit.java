package io.pj.host;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** How an application ended by itself: code of System.exit, 0 when main returned, 1 when it threw; the error with the top of its stack. */
record AppExit(int code, String error, Instant at) {
    private static final int FRAMES = 8;

    static AppExit thrown(Throwable thrown) {
        return new AppExit(1, describe(thrown), Instant.now());
    }

    static AppExit of(int code) {
        return new AppExit(code, null, Instant.now());
    }

    /** `Type: message` with the top of the stack, and the first cause. Never throws, whatever the application's own exceptions do. */
    static String describe(Throwable thrown) {
        StringBuilder out = new StringBuilder();
        try {
            line(thrown, out);
            Throwable cause = thrown.getCause();
            if (cause != null && cause != thrown) line(cause, out.append("\ncaused by "));
            return out.toString();
        } catch (Throwable unspeakable) {
            return thrown.getClass().getName();
        }
    }

    private static void line(Throwable thrown, StringBuilder out) {
        out.append(thrown);
        StackTraceElement[] stack = thrown.getStackTrace();
        int end = stack.length;
        // What called its main is the host's.
        for (int i = 0; i < end; i++) if (stack[i].getClassName().startsWith("io.pj.host.")) end = i;
        while (end > 0 && end < stack.length && stack[end - 1].getClassName().contains(".reflect.")) end--;
        for (int i = 0; i < Math.min(FRAMES, end); i++) out.append("\n  at ").append(stack[i]);
    }

    Map<String, Object> toJson() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("code", code);
        map.put("error", error);
        map.put("at", at.toString());
        return map;
    }
}

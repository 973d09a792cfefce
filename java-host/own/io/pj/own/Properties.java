package io.pj.own;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Sets system properties that are handed over in the environment, before main: what stands on a command line is seen by everybody, and the JVM keeps its
 * flags in a file in /tmp. The name of a variable is {@code PJ_PROPERTY_} and the property's name in hex.
 */
public final class Properties {
    private static final String PREFIX = "PJ_PROPERTY_";

    private Properties() {}

    /** Called by the JVM, which is started with this jar as a Java agent. */
    public static void premain(String arguments) {
        for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
            if (variable.getKey().startsWith(PREFIX)) {
                System.setProperty(nameOf(variable.getKey().substring(PREFIX.length())), variable.getValue());
            }
        }
    }

    private static String nameOf(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

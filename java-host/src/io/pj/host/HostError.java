package io.pj.host;

import java.util.Map;

/** A call that failed: `code` as HostErrorCode in src/jvm/protocol.ts. */
final class HostError extends Exception {
    private static final long serialVersionUID = 1;
    final String code;
    final transient Map<String, Object> details;

    HostError(String code, String message, Map<String, Object> details) {
        super(message);
        this.code = code;
        this.details = details;
    }

    HostError(String code, String message) {
        this(code, message, Map.of());
    }
}

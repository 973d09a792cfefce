package io.pj.host;

import io.pj.host.json.Fields;
import java.util.function.DoubleSupplier;

/** When an application that ended by itself is run again: the rules of src/agent/backoff.ts. Seconds. */
record RestartPolicy(String policy, int maxAttempts, double delay, double maxDelay, double resetAfter) {
    /** What to do: COMPLETED, FAILED (with a reason, or none), or BACKOFF for `delayMs` as attempt number `attempts`. */
    record Verdict(Phase next, String reason, long delayMs, int attempts) {}

    static RestartPolicy of(Fields fields) {
        return new RestartPolicy(
                fields.oneOf("policy", "no", "on-failure", "always"),
                fields.count("maxAttempts", 0),
                fields.number("delay", 0),
                fields.number("maxDelay", 0),
                fields.number("resetAfter", 0));
    }

    /** Milliseconds before restart number `attempt` (from 1): delay·2^(attempt-1), at most maxDelay, ±25 % so that those that failed together do not come back together. */
    long backoff(int attempt, DoubleSupplier random) {
        double seconds = Math.min(maxDelay, delay * Math.pow(2, Math.min(attempt - 1, 40)));
        return Math.round(Math.min(maxDelay, seconds * (0.75 + random.getAsDouble() * 0.5)) * 1000);
    }

    /** `attempts`: restarts in a row so far; `ranMs`: how long this run lasted. A job that ended well is never run again. */
    Verdict after(boolean job, AppExit exit, int attempts, long ranMs, DoubleSupplier random) {
        boolean ok = exit.code() == 0;
        if (job && ok) return new Verdict(Phase.COMPLETED, null, 0, attempts);
        if (policy.equals("no") || (policy.equals("on-failure") && ok)) return new Verdict(Phase.FAILED, null, 0, attempts);
        int before = ranMs >= resetAfter * 1000 ? 0 : attempts;
        if (maxAttempts > 0 && before >= maxAttempts) {
            String reason = "given up after " + before + " restart" + (before == 1 ? "" : "s");
            return new Verdict(Phase.FAILED, reason, 0, attempts);
        }
        return new Verdict(Phase.BACKOFF, null, backoff(before + 1, random), before + 1);
    }
}

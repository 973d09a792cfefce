package io.pj.api.core;

import io.pj.api.NoReplyException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** A request that waits for its first reply. */
final class Pending {
    private int open;
    private boolean over;
    private Payload.Checked reply;
    private String failure;

    /** One more has got it. */
    synchronized void asked() {
        open++;
    }

    /** False: nobody waits for it any more. */
    synchronized boolean answer(Payload.Checked value) {
        if (over) return false;
        over = true;
        reply = value;
        notifyAll();
        return true;
    }

    synchronized void fail(String why) {
        open--;
        if (failure == null) failure = why;
        if (open <= 0) notifyAll();
    }

    /** Nobody got it. */
    synchronized void refused(String why) {
        failure = why;
    }

    synchronized Object await(String topic, Duration timeout) throws TimeoutException, InterruptedException {
        long limit;
        try {
            limit = timeout.toNanos();
        } catch (ArithmeticException e) {
            limit = Long.MAX_VALUE;
        }
        long from = System.nanoTime();
        try {
            while (!over) {
                if (open <= 0) throw new NoReplyException("nobody answers the request on " + topic + ": " + (failure == null ? "nobody subscribes" : failure));
                long left = limit - (System.nanoTime() - from);
                if (left <= 0) throw new TimeoutException("no reply to the request on " + topic + " within " + timeout.toMillis() + " ms");
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return reply.copy();
        } finally {
            over = true;
        }
    }
}

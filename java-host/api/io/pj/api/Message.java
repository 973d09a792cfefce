package io.pj.api;

import java.time.Instant;

/** One message, as one subscription gets it. */
public interface Message {
    /** The topic that it was published on, without wildcards. */
    String topic();

    /** The id of the application that sent it; null when it has none (see {@link Pj#id}). */
    String sender();

    Instant sentAt();

    /** May be null. */
    Object payload();

    /**
     * The payload as this type.
     *
     * @throws ClassCastException when it is another; the message tells topic, sender and both types
     */
    <T> T payload(Class<T> type);

    /** Whether the sender waits for a reply. */
    boolean isRequest();

    /**
     * Answers a request; the first reply counts. May be called later and from any thread.
     *
     * @return false when nobody waits for it: it is no request, is answered already, or the time was up
     * @throws IllegalArgumentException as with {@link Bus#publish}
     */
    boolean reply(Object payload);
}

package io.pj.api;

/** An open ear on the bus. Counts are since it was made. */
public interface Subscription extends AutoCloseable {
    /** As it was asked for. */
    String topic();

    /** Messages that wait. */
    int waiting();

    /** Messages that the handler was called with. */
    long handled();

    /** Calls of the handler that threw. */
    long failed();

    /** Messages that did not fit in the queue. */
    long dropped();

    /** No more messages, also none of those that wait; a handler at work ends as it does. May be called twice, and by the handler. */
    @Override
    void close();
}

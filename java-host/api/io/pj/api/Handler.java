package io.pj.api;

/** Takes messages of a subscription, one after the other. */
@FunctionalInterface
public interface Handler {
    /** What it throws is told in the application's log and counted; the next message is handled as ever. A request that it throws on has failed. */
    void handle(Message message) throws Exception;
}

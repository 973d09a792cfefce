package io.pj.api;

/**
 * What became of a message.
 *
 * @param delivered subscriptions that took it in their queues
 * @param dropped subscriptions that match and whose queue was full
 */
public record Published(int delivered, int dropped) {}

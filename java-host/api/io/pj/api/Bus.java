package io.pj.api;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * Messages between the applications of one JVM, by topic.
 *
 * <p>A <b>topic</b> is words of letters, digits, {@code _} and {@code -}, joined by dots: {@code orders.created}. A subscription may say {@code *} for exactly one
 * word and end with {@code **} for one word or more: {@code orders.*}, {@code orders.**}, {@code **}.
 *
 * <p><b>Payloads</b> are what both sides can see: null, String, Boolean, Character, numbers, {@code java.time}, UUID, URI, Locale, Currency, enums, arrays, List, Set,
 * Map and Optional of those, and classes of the host's shared class path. Arrays and collections are copied; who receives a collection can't change it. A class of
 * the application's own is refused with {@link ForeignClassException}: others could not see it, and could keep this application from being unloaded.
 *
 * <p><b>Delivery</b>: each subscription has a queue of its own and is served by threads of the application that subscribed, one message after the other, those of one
 * publishing thread in its order. Publishing never waits: a message that does not fit in a full queue is not delivered there, which {@link Published#dropped()}
 * tells the publisher and {@link Subscription#dropped()} the subscriber. Nothing is kept for who subscribes later, nothing survives the JVM.
 */
public interface Bus {
    /** Messages that wait in one subscription before more are dropped. */
    int DEFAULT_CAPACITY = 1000;

    /**
     * Puts a message in the queue of each subscription that matches, and returns.
     *
     * @throws IllegalArgumentException when the topic is none, or the payload is nothing that can be sent
     * @throws ForeignClassException when the payload has a class that only this application sees
     */
    Published publish(String topic, Object payload);

    /** {@link #subscribe(String, int, Handler)} with {@link #DEFAULT_CAPACITY}. */
    default Subscription subscribe(String topic, Handler handler) {
        return subscribe(topic, DEFAULT_CAPACITY, handler);
    }

    /**
     * Calls {@code handler} with every message on the topic from now on, until it is closed or the application stops. An open subscription keeps the application
     * running after main has returned.
     *
     * @param topic may hold {@code *} and end with {@code **}
     * @param capacity messages that may wait, at least 1
     * @throws IllegalArgumentException when topic or capacity is wrong
     */
    Subscription subscribe(String topic, int capacity, Handler handler);

    /**
     * Publishes a message and waits for the first {@link Message#reply}, in the calling thread.
     *
     * @return the reply's payload
     * @throws NoReplyException when nobody subscribes, all queues are full, or everyone who got it failed or is gone
     * @throws TimeoutException when there was no reply in time
     * @throws InterruptedException when the calling thread was interrupted
     * @throws IllegalArgumentException as with {@link #publish}
     */
    Object request(String topic, Object payload, Duration timeout) throws TimeoutException, InterruptedException;
}

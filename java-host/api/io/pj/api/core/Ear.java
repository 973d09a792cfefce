package io.pj.api.core;

import io.pj.api.Handler;
import io.pj.api.Message;
import io.pj.api.Subscription;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;

/** One subscription: its queue and its counts. */
final class Ear implements Subscription {
    enum Taken {
        YES,
        FULL,
        CLOSED
    }

    /** Then others of the same application have their turn. */
    private static final int BATCH = 64;
    /** Between two lines about dropped messages, ns. */
    private static final long TELL_EVERY = 10_000_000_000L;

    final Application owner;
    final String topic;
    private final int capacity;
    private final ArrayDeque<Letter> queue = new ArrayDeque<>();
    private Handler handler;
    private boolean scheduled;
    private long handled;
    private long failed;
    private long dropped;
    private long toldDropped;
    private long toldAt;

    Ear(Application owner, String topic, int capacity, Handler handler) {
        this.owner = owner;
        this.topic = topic;
        this.capacity = capacity;
        this.handler = handler;
    }

    /** Never waits, runs nothing of the subscriber's. */
    Taken offer(Letter letter) {
        synchronized (this) {
            if (handler == null) return Taken.CLOSED;
            if (queue.size() >= capacity) {
                dropped++;
                return Taken.FULL;
            }
            // Before it is in the queue: who fails it must find it counted.
            if (letter.pending() != null) letter.pending().asked();
            queue.add(letter);
            if (scheduled) return Taken.YES;
            scheduled = true;
        }
        owner.dispatcher().ready(this);
        return Taken.YES;
    }

    /** In a thread of the owner: handles what waits, a batch at most. True: more is there. */
    boolean drain() {
        for (int i = 0; i < BATCH; i++) {
            tellDropped(false);
            Letter letter;
            Handler to;
            synchronized (this) {
                letter = queue.poll();
                to = handler;
                if (letter == null) {
                    scheduled = false;
                    return false;
                }
                handled++;
            }
            handle(to, letter);
        }
        return true;
    }

    private void handle(Handler to, Letter letter) {
        try {
            to.handle(new Received(this, letter));
        } catch (ThreadDeath e) {
            letter.fail(owner + " is ending");
            throw e;
        } catch (Throwable e) {
            if (owner.ended() && e instanceof InterruptedException) {
                // That is how it is ended: no news for its log.
                letter.fail(owner + " is ending");
                return;
            }
            synchronized (this) {
                failed++;
            }
            letter.fail(owner + " threw " + Texts.of(e));
            owner.tell("subscription to " + topic + " threw on a message of topic " + letter.topic(), e);
        }
        // An interrupt that was meant for the handler must not hit the next one.
        if (!owner.ended()) Thread.interrupted();
    }

    private void tellDropped(boolean last) {
        long lost;
        synchronized (this) {
            lost = dropped - toldDropped;
            long now = System.nanoTime();
            if (lost == 0 || (!last && toldDropped > 0 && now - toldAt < TELL_EVERY)) return;
            toldDropped = dropped;
            toldAt = now;
        }
        owner.tell(lost + " message(s) on " + topic + " were dropped, as " + capacity + " waited already", null);
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public synchronized int waiting() {
        return queue.size();
    }

    @Override
    public synchronized long handled() {
        return handled;
    }

    @Override
    public synchronized long failed() {
        return failed;
    }

    @Override
    public synchronized long dropped() {
        return dropped;
    }

    @Override
    public void close() {
        List<Letter> left;
        synchronized (this) {
            if (handler == null) return;
            handler = null;
            left = List.copyOf(queue);
            queue.clear();
        }
        tellDropped(true);
        owner.router().remove(this);
        owner.forget(this);
        owner.dispatcher().closed();
        for (Letter letter : left) letter.fail(owner + " has closed its subscription");
    }

    /** A message as the handler has it. */
    private record Received(Ear ear, Letter letter, Object payload) implements Message {
        Received(Ear ear, Letter letter) {
            this(ear, letter, letter.payload().copy());
        }

        @Override
        public String topic() {
            return letter.topic();
        }

        @Override
        public String sender() {
            return letter.sender();
        }

        @Override
        public Instant sentAt() {
            return letter.sentAt();
        }

        @Override
        public <T> T payload(Class<T> type) {
            if (payload == null || type.isInstance(payload)) return type.cast(payload);
            throw new ClassCastException("the message of " + letter.sender() + " on " + letter.topic() + " holds a " + payload.getClass().getName() + ", not a "
                    + type.getName());
        }

        @Override
        public boolean isRequest() {
            return letter.pending() != null;
        }

        @Override
        public boolean reply(Object value) {
            Payload.Checked checked = ear.owner.checked(value);
            return letter.pending() != null && letter.pending().answer(checked);
        }
    }
}

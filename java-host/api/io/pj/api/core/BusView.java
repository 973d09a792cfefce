package io.pj.api.core;

import io.pj.api.Bus;
import io.pj.api.Handler;
import io.pj.api.Published;
import io.pj.api.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeoutException;

/** The bus as one application has it. */
final class BusView implements Bus {
    private final Application application;

    BusView(Application application) {
        this.application = application;
    }

    @Override
    public Published publish(String topic, Object payload) {
        return application.router().send(letter(topic, payload, null));
    }

    @Override
    public Subscription subscribe(String topic, int capacity, Handler handler) {
        Topics.isPattern(topic);
        if (capacity < 1) throw new IllegalArgumentException("capacity of a subscription: at least 1, not " + capacity);
        if (handler == null) throw new NullPointerException("handler");
        return application.open(new Ear(application, topic, capacity, handler));
    }

    @Override
    public Object request(String topic, Object payload, Duration timeout) throws TimeoutException, InterruptedException {
        if (timeout.isNegative() || timeout.isZero()) throw new IllegalArgumentException("timeout of a request: more than nothing, not " + timeout);
        Pending pending = new Pending();
        Published published = application.router().send(letter(topic, payload, pending));
        if (published.delivered() == 0 && published.dropped() > 0) pending.refused(published.dropped() + " subscription(s) have a full queue");
        return pending.await(topic, timeout);
    }

    private Letter letter(String topic, Object payload, Pending pending) {
        Topics.check(topic);
        Payload.Checked checked = application.checked(payload);
        return new Letter(topic, application.id(), Instant.now(), checked, pending);
    }
}

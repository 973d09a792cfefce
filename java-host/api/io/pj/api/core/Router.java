package io.pj.api.core;

import io.pj.api.Published;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who listens to what: the bus of one JVM. */
public final class Router {
    private final Map<String, List<Ear>> exact = new ConcurrentHashMap<>();
    private final List<Ear> patterns = new CopyOnWriteArrayList<>();

    void add(Ear ear) {
        if (Topics.isPattern(ear.topic)) patterns.add(ear);
        else {
            exact.compute(ear.topic, (topic, ears) -> {
                List<Ear> all = ears == null ? new CopyOnWriteArrayList<>() : ears;
                all.add(ear);
                return all;
            });
        }
    }

    void remove(Ear ear) {
        if (patterns.remove(ear)) return;
        exact.computeIfPresent(ear.topic, (topic, ears) -> {
            ears.remove(ear);
            return ears.isEmpty() ? null : ears;
        });
    }

    Published send(Letter letter) {
        int delivered = 0;
        int dropped = 0;
        for (Ear ear : exact.getOrDefault(letter.topic(), List.of())) {
            Ear.Taken taken = ear.offer(letter);
            if (taken == Ear.Taken.YES) delivered++;
            else if (taken == Ear.Taken.FULL) dropped++;
        }
        for (Ear ear : patterns) {
            if (!Topics.matches(ear.topic, letter.topic())) continue;
            Ear.Taken taken = ear.offer(letter);
            if (taken == Ear.Taken.YES) delivered++;
            else if (taken == Ear.Taken.FULL) dropped++;
        }
        return new Published(delivered, dropped);
    }
}

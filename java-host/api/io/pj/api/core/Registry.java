package io.pj.api.core;

import io.pj.api.ForeignClassException;
import io.pj.api.ServiceGoneException;
import io.pj.api.Services;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The services of one JVM. Its monitor is told when one more is there. */
public final class Registry {
    /** One that is offered. */
    private final class Offer implements Services.Registration {
        private final String name;
        private final Application owner;
        private Class<?> type;
        private Object service;

        private Offer(String name, Application owner, Class<?> type, Object service) {
            this.name = name;
            this.owner = owner;
            this.type = type;
            this.service = service;
        }

        @Override
        public void close() {
            synchronized (Registry.this) {
                Deque<Offer> all = offers.get(name);
                if (all != null && all.remove(this) && all.isEmpty()) offers.remove(name);
                // The application that has this in a field of something long-lived holds nothing more by it.
                type = null;
                service = null;
            }
        }
    }

    /** By name; the latest first, all of one workload. */
    private final Map<String, Deque<Offer>> offers = new TreeMap<>();

    synchronized Services.Registration add(String name, Application owner, Class<?> type, Object service) {
        Offer current = current(name);
        if (current != null && current.owner != owner && !current.owner.toString().equals(owner.toString())) {
            throw new IllegalStateException("the service \"" + name + "\" is offered by " + current.owner + " already");
        }
        if (current != null && current.owner == owner) throw new IllegalStateException(owner + " offers the service \"" + name + "\" already");
        Offer offer = new Offer(name, owner, type, service);
        offers.computeIfAbsent(name, key -> new ArrayDeque<>()).addFirst(offer);
        notifyAll();
        return offer;
    }

    synchronized void removeAll(Application owner) {
        for (Iterator<Deque<Offer>> all = offers.values().iterator(); all.hasNext(); ) {
            Deque<Offer> ones = all.next();
            ones.removeIf(offer -> offer.owner == owner);
            if (ones.isEmpty()) all.remove();
        }
    }

    synchronized Set<String> names() {
        return new TreeSet<>(offers.keySet());
    }

    /** A stand-in; null: nobody offers it. */
    synchronized <T> T find(String name, Application user, Class<T> type) {
        if (current(name) == null) return null;
        target(name, user, type);
        return StandIn.make(type, user, "the service \"" + name + "\"", () -> target(name, user, type));
    }

    /** Throws ServiceGoneException, ForeignClassException, IllegalArgumentException. */
    private synchronized StandIn.Target target(String name, Application user, Class<?> type) {
        Offer offer = current(name);
        if (offer == null) throw new ServiceGoneException("nobody offers the service \"" + name + "\" now: its application was stopped, or has taken it back");
        if (!type.isAssignableFrom(offer.type)) {
            if (!type.getName().equals(offer.type.getName())) {
                throw new IllegalArgumentException("the service \"" + name + "\" is offered by " + offer.owner + " as " + offer.type.getName() + ", not as " + type.getName());
            }
            throw new ForeignClassException(offer.owner + " offers the service \"" + name + "\" as " + type.getName() + " of its own class path, and " + user
                    + " has another class of that name: put the jar that has it on the class path of the host JVM (jvm.classpath), and leave it out of both applications");
        }
        return new StandIn.Target(offer.owner, offer.service);
    }

    private Offer current(String name) {
        Deque<Offer> all = offers.get(name);
        return all == null ? null : all.peekFirst();
    }
}

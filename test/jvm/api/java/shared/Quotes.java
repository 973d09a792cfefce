package shared;

import java.util.function.Consumer;

/** Seen by both sides: on the class path of the host. */
public interface Quotes {
    interface Quote {
        int cents();
    }

    record Price(String of, Object amount) {}

    Quote of(String name);

    Price price(String name);

    Object anything(Object some);

    void watch(Consumer<String> told);

    Quote back(Quote quote);
}

package app;

import io.pj.api.Pj;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import shared.Quotes;

/** Offers services, of the JDK's types, of the shared class path's and of its own. */
public class Offer {
    public interface Own { }

    static class OwnException extends RuntimeException {
        OwnException(String message) { super(message); }
    }

    static class Mine { }

    static class Five implements Quotes.Quote {
        @Override
        public int cents() {
            boolean here = Thread.currentThread().getContextClassLoader() == Offer.class.getClassLoader();
            return here && Pj.id().equals("offer") ? 5 : -1;
        }
    }

    static class OurQuotes implements Quotes {
        @Override
        public Quote of(String name) {
            if (name.equals("own")) throw new OwnException("not that");
            if (name.equals("jdk")) throw new IllegalArgumentException("not this");
            return new Five();
        }

        @Override
        public Price price(String name) { return new Price(name, 5); }

        @Override
        public Object anything(Object some) { return some == null ? new Mine() : some.getClass().getName(); }

        @Override
        public void watch(Consumer<String> told) { told.accept("from " + Pj.id()); }

        @Override
        public Quote back(Quote quote) { return quote instanceof Five ? quote : null; }
    }

    public static void main(String[] args) throws Exception {
        UnaryOperator<String> upper = text -> text.toUpperCase() + args[0];
        Pj.services().register("upper", UnaryOperator.class, upper);
        Pj.services().register("quotes", Quotes.class, new OurQuotes());
        Pj.services().register("own", Own.class, new Own() { });
        try {
            Pj.services().register("upper", UnaryOperator.class, upper);
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
        try {
            Pj.services().register("class", Offer.class, new Offer());
        } catch (IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }
        System.out.println("offered " + Pj.services().names() + " " + Pj.services().find("own", Own.class).isPresent());
        Thread.sleep(Long.MAX_VALUE);
    }
}

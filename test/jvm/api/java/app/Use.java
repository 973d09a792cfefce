package app;

import io.pj.api.Pj;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import shared.Quotes;

/** Uses them, and keeps what it got until it is told to try again by a file. */
public class Use {
    static Object kept;

    static class Mine { }

    @SuppressWarnings("unchecked")
    public static void main(String[] args) throws Exception {
        System.out.println("asking");
        UnaryOperator<String> upper = Pj.services().await("upper", UnaryOperator.class, Duration.ofSeconds(10));
        Quotes quotes = Pj.services().await("quotes", Quotes.class, Duration.ofSeconds(10));
        tell("upper", () -> upper.apply("x"));
        tell("quote", () -> quotes.of("a").cents());
        tell("price", () -> quotes.price("a"));
        tell("own exception", () -> quotes.of("own"));
        tell("jdk exception", () -> quotes.of("jdk"));
        tell("own result", () -> quotes.anything(null));
        tell("own argument", () -> quotes.anything(new Mine()));
        tell("own proxy", () -> quotes.anything(Send.proxy()));
        tell("jdk argument", () -> quotes.anything("x"));
        tell("call-back", () -> { quotes.watch(text -> System.out.println("told " + text + " in " + Pj.id())); return "done"; });
        Quotes.Quote quote = quotes.of("a");
        tell("back", () -> quotes.back(quote).cents());
        tell("own type", () -> Pj.services().find("own", Offer.Own.class));
        tell("other type", () -> Pj.services().find("upper", Runnable.class));
        tell("none", () -> Pj.services().find("none", Runnable.class));
        tell("taken", () -> Pj.services().register("upper", UnaryOperator.class, text -> text));
        tell("late", () -> Pj.services().await("none", Runnable.class, Duration.ofMillis(50)));
        kept = new Object[] {upper, quotes, quote};
        System.out.println("kept");
        for (int round = 1; ; round++) {
            while (!new java.io.File(args[0] + round).exists()) Thread.sleep(20);
            tell("upper " + round, () -> upper.apply("y"));
            tell("quote " + round, () -> quote.cents());
            System.out.println("round " + round);
        }
    }

    static void tell(String what, Callable<Object> call) {
        try {
            System.out.println(what + ": " + call.call());
        } catch (Throwable e) {
            System.out.println(what + ": " + e.getClass().getSimpleName() + " " + e.getMessage());
        }
    }
}

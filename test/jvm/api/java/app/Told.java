package app;

import io.pj.api.Pj;
import java.nio.file.Files;
import java.util.concurrent.Callable;

/** Prints what pj tells it. Arguments: names of volumes. */
public class Told {
    public static void main(String[] args) throws Exception {
        System.out.println("id " + Pj.id());
        System.out.println("property " + Pj.property("shop.name") + " " + Pj.property("shop.none", "otherwise") + " " + Pj.property("java.specification.version"));
        System.out.println("config " + Pj.config().get("shop.name") + " " + Pj.config().containsKey("java.home"));
        for (String name : args) {
            tell(() -> Files.writeString(Pj.volume(name).resolve("seen"), "x").toString());
        }
        tell(() -> Pj.config().put("a", "b"));
        tell(() -> Pj.bus().publish("a.b", 1));
        Thread[] other = {new Thread(() -> tell(() -> "thread " + Pj.id())), Thread.class.getMethods().length > 0 ? virtual() : null};
        for (Thread thread : other) {
            if (thread == null) continue;
            if (thread.getState() == Thread.State.NEW) thread.start();
            thread.join();
        }
        tell(() -> java.util.concurrent.CompletableFuture.supplyAsync(() -> "common pool " + Pj.id()).get());
    }

    /** From Java 21. */
    static Thread virtual() throws Exception {
        try {
            return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, (Runnable) () -> tell(() -> "virtual " + Pj.id()));
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    static void tell(Callable<Object> call) {
        try {
            System.out.println(call.call());
        } catch (Exception e) {
            System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
        }
    }
}

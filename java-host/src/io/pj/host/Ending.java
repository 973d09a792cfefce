package io.pj.host;

import io.pj.host.leak.StuckThreads;
import java.util.List;

/** The end of a run: shutdown hooks in parallel, then its threads are interrupted until none is left or the time is over. */
final class Ending {
    /** Of the grace period, what hooks leave for the threads: a quarter, at most this. ns. */
    private static final long RESERVE = 2_000_000_000L;
    /** Between two interrupts of the same threads: one that swallowed the first may heed the next. ns. */
    private static final long AGAIN = 500_000_000L;

    private final Tenant tenant;
    private final ThreadGroup group;
    private final ShutdownHooks hooks;
    private final Binding binding;

    Ending(Tenant tenant, ShutdownHooks hooks, Binding binding) {
        this.tenant = tenant;
        this.group = tenant.group();
        this.hooks = hooks;
        this.binding = binding;
    }

    /** `grace`: seconds. @return the threads that remain */
    List<Thread> run(double grace) throws InterruptedException {
        long nanos = (long) (Math.min(grace, 1e9) * 1e9);
        long until = System.nanoTime() + nanos;
        for (Thread hook : hooks.start(tenant)) {
            long left = until - Math.min(RESERVE, nanos / 4) - System.nanoTime();
            if (left > 0) hook.join(left / 1_000_000, (int) (left % 1_000_000));
        }
        binding.quiesce();
        long interrupted = System.nanoTime() - AGAIN;
        boolean again = false;
        for (long pause = 1; ; pause = Math.min(pause * 2, 50)) {
            List<Thread> living = GroupThreads.living(group);
            if (living.isEmpty()) return living;
            long now = System.nanoTime();
            if (now - interrupted >= AGAIN) {
                interrupted = now;
                for (Thread thread : living) thread.interrupt();
                StuckThreads.end(living);
                // What has not heeded the first interrupt may wait at a socket, which none wakes.
                if (again || until - now < AGAIN) Tenants.closeSockets(group);
                again = true;
                // Without a grace period the threads still get the moment that heeding an interrupt takes.
                if (nanos < 100_000_000 && now >= until) until = now + 20_000_000;
            } else if (now >= until) {
                return living;
            }
            Thread.sleep(pause);
        }
    }
}

package io.pj.host;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** One application of this host. Calls on it are made one after the other; what it is now can be asked at any time. */
final class App {
    /** How long the main of a reloaded application has to run before the old one is stopped. Milliseconds. */
    private static final long SETTLE = 200;

    private final Host host;
    private final ReentrantLock calls = new ReentrantLock(true);
    private final KernelGroup kernel;
    private final AppRecord record;
    /** Loaders that were dropped. */
    private final List<Retired> retired = new ArrayList<>();
    private volatile AppSpec spec;
    /** Guarded by `calls`; null where nothing of it runs. */
    private volatile Life life;
    /** What ran before a reload and has threads still. */
    private final List<Life> before = new CopyOnWriteArrayList<>();
    /** How a run ended whose threads remain: its restart policy is asked when they are gone. Guarded by `calls`. */
    private AppExit owed;
    private ScheduledFuture<?> timer;
    private volatile boolean gone;

    App(Host host, AppSpec spec) {
        this.host = host;
        this.spec = spec;
        this.kernel = host.groups().open(spec.key());
        this.record = new AppRecord();
        apply();
    }

    AppSpec spec() {
        return spec;
    }

    AppRecord record() {
        return record;
    }

    Life life() {
        return life;
    }

    KernelGroup kernel() {
        return kernel;
    }

    /** It was undeployed. */
    boolean isGone() {
        return gone;
    }

    /** Nothing of it runs or is about to. */
    boolean isIdle() {
        return life == null && !record.phase().lives() && record.phase() != Phase.BACKOFF;
    }

    /** How many of its dropped loaders were proven to stay. */
    int leaked() {
        synchronized (retired) {
            retired.removeIf(Retired::collected);
            return (int) retired.stream().filter(Retired::proven).count();
        }
    }

    private interface Call<T> {
        T run() throws HostError, InterruptedException;
    }

    private <T> T call(Call<T> body) throws HostError, InterruptedException {
        calls.lockInterruptibly();
        try {
            if (gone) throw new HostError("not-deployed", spec.key() + " is not deployed any more");
            return body.run();
        } finally {
            calls.unlock();
        }
    }

    /** The same deployment again: its new call is for its next start. */
    void redeploy(AppSpec wanted) throws HostError, InterruptedException {
        call(() -> {
            sameInstance(wanted);
            spec = wanted;
            if (life == null) apply();
            return null;
        });
    }

    private void sameInstance(AppSpec wanted) throws HostError {
        if (wanted.instance().equals(spec.instance())) return;
        Map<String, Object> details = Map.of("instance", spec.instance());
        throw new HostError("bad-request", spec.key() + " is deployed already, as another instance", details);
    }

    void start(AppSpec wanted, String run) throws HostError, InterruptedException {
        call(() -> {
            sameInstance(wanted);
            if (run.equals(record.run()) && wanted.digest().equals(record.digest()) && !record.neverBegan()) return null;
            if (record.phase() == Phase.RUNNING && wanted.digest().equals(record.digest())) {
                spec = wanted;
                record.adopt(run);
                return null;
            }
            end(spec.gracePeriod());
            spec = wanted;
            record.asked(run, wanted.digest());
            apply();
            try {
                launch();
            } catch (HostError failed) {
                record.enter(Phase.FAILED, failed.getMessage());
                throw failed;
            }
            return null;
        });
    }

    /** Starts what `spec` says. */
    private void launch() throws HostError, InterruptedException {
        record.enter(Phase.STARTING, null);
        try {
            Life made = new Life(spec, host.parent(), kernel, host.bindings(), this::endedByItself);
            life = made;
            enter(made);
            record.started(made.startedAt());
        } catch (RuntimeException | OutOfMemoryError | LinkageError unexpected) {
            // No thread to be had, say: it must not seem to be starting for ever.
            throw brokenOff(life, unexpected);
        }
    }

    /** What a start that broke off has made is let go of. */
    private HostError brokenOff(Life made, Throwable why) throws InterruptedException {
        if (made != null) {
            made.finish(spec.gracePeriod());
            if (life == made) life = null;
            retire(made);
        }
        return new HostError("start-failed", AppExit.describe(why));
    }

    /** Runs its main; drops it when it has none. */
    private void enter(Life made) throws HostError, InterruptedException {
        String failed = made.start(spec.mainClass(), spec.args());
        if (failed == null) return;
        List<Thread> remain = made.finish(spec.gracePeriod());
        if (life == made) {
            life = null;
            endChildren(made, true);
        }
        retire(made);
        String more = remain.isEmpty() ? "" : "; threads of it remain: " + GroupThreads.summary(remain);
        throw new HostError("start-failed", failed + more);
    }

    /** From a thread of the application, which is about to end. */
    private void endedByItself(Life ended) {
        host.execute(() -> {
            calls.lockInterruptibly();
            try {
                if (life == ended && record.phase() == Phase.RUNNING) afterEnd(ended);
            } finally {
                calls.unlock();
            }
        });
    }

    private void afterEnd(Life ended) throws InterruptedException {
        AppExit exit = ended.ownExit();
        record.exited(exit);
        List<Thread> remain = ended.finish(spec.gracePeriod());
        if (!remain.isEmpty()) {
            // A second one beside what is left of the first would fight it for ports and files: tick() goes on when they are gone.
            owed = exit;
            record.enter(Phase.FAILED, "it ended, but threads of it remain: " + GroupThreads.summary(remain));
            return;
        }
        drop(true);
        decide(exit, ranMs(ended, exit));
    }

    private static long ranMs(Life ended, AppExit exit) {
        return Duration.between(ended.startedAt(), exit.at()).toMillis();
    }

    private void decide(AppExit exit, long ranMs) {
        RestartPolicy.Verdict verdict = spec.restart().after(spec.job(), exit, record.attempts(), ranMs, Math::random);
        if (verdict.next() == Phase.BACKOFF && !host.ending()) {
            record.backoff(verdict.attempts(), Instant.now().plusMillis(verdict.delayMs()));
            timer = host.later(verdict.delayMs(), this::restart);
        } else {
            record.enter(verdict.next(), verdict.reason());
        }
    }

    private void restart() throws InterruptedException {
        calls.lockInterruptibly();
        try {
            if (record.phase() != Phase.BACKOFF || gone || host.ending()) return;
            record.restarting(spec.digest());
            apply();
            try {
                launch();
            } catch (HostError failed) {
                AppExit exit = new AppExit(1, failed.getMessage(), Instant.now());
                record.exited(exit);
                decide(exit, 0);
            }
        } finally {
            calls.unlock();
        }
    }

    void stop(double grace) throws HostError, InterruptedException {
        call(() -> {
            end(grace);
            return null;
        });
    }

    /** Nothing of it runs afterwards, or error `threads-remain`. */
    private void end(double grace) throws HostError, InterruptedException {
        if (timer != null) timer.cancel(false);
        timer = null;
        owed = null;
        if (life == null) {
            refuseRemains(endBefore(grace));
            if (record.phase() == Phase.BACKOFF || record.phase() == Phase.FAILED) record.enter(Phase.STOPPED, null);
            return;
        }
        record.enter(Phase.STOPPING, record.phase() == Phase.STOPPING ? record.reason() : null);
        List<Thread> remain = new ArrayList<>(life.finish(grace));
        remain.addAll(endBefore(0));
        refuseRemains(remain);
        drop(true);
        record.enter(Phase.STOPPED, null);
    }

    /** What is left of runs before a reload. */
    private List<Thread> endBefore(double grace) throws InterruptedException {
        List<Thread> remain = new ArrayList<>();
        for (Life old : before) remain.addAll(old.finish(grace));
        if (remain.isEmpty()) before.clear();
        return remain;
    }

    private void refuseRemains(List<Thread> remain) throws HostError {
        if (remain.isEmpty()) return;
        String names = GroupThreads.summary(remain);
        record.enter(Phase.STOPPING, "threads remain: " + names);
        throw new HostError(
                "threads-remain", "threads of " + spec.key() + " do not end: " + names, Map.of("threads", GroupThreads.describe(remain)));
    }

    /** `wait`: processes of it may end by themselves. */
    private void drop(boolean wait) {
        Life old = life;
        life = null;
        if (old == null) return;
        endChildren(old, wait);
        retire(old);
    }

    /** Not at a reload: which of two runs has started a process is not known. */
    private void endChildren(Life old, boolean wait) {
        List<String> ended = Children.end(kernel, wait);
        if (!ended.isEmpty()) old.err().println("pj: processes that it had started were ended with it: " + String.join(", ", ended));
    }

    private void retire(Life old) {
        Retired dropped = old.retire();
        synchronized (retired) {
            retired.add(dropped);
        }
        host.proveLater(dropped);
    }

    /** Limits, pool and volumes as `spec` says. */
    private void apply() {
        List<String> notHeld = new ArrayList<>();
        String cpu = kernel.setCpu(spec.cpu());
        if (cpu != null) notHeld.add("cpu: " + cpu);
        String threads = kernel.setMaxThreads(spec.maxThreads());
        if (threads != null) notHeld.add("maxThreads: " + threads);
        record.notHeld(notHeld);
        host.watchVolumes(this);
    }

    void update(AppSpec wanted) throws HostError, InterruptedException {
        call(() -> {
            sameInstance(wanted);
            spec = wanted;
            if (life != null) {
                record.digest(wanted.digest());
                life.resize(Life.poolOf(wanted));
            }
            apply();
            return null;
        });
    }

    /** The new one beside the old one; when its main runs, the old one goes. An error leaves the old one as it was. */
    void reload(AppSpec wanted, String run) throws HostError, InterruptedException {
        call(() -> {
            sameInstance(wanted);
            if (run.equals(record.run()) && wanted.digest().equals(record.digest())) return null;
            if (record.phase() != Phase.RUNNING) {
                throw new HostError("bad-request", spec.key() + " does not run (" + record.phase() + "): there is nothing to reload");
            }
            AppSpec last = spec;
            Life old = life;
            spec = wanted;
            Life made = null;
            try {
                made = new Life(wanted, host.parent(), kernel, host.bindings(), this::endedByItself);
                enter(made);
                settle(made);
                life = made;
            } catch (HostError failed) {
                spec = last;
                throw failed;
            } catch (RuntimeException | OutOfMemoryError | LinkageError unexpected) {
                HostError failed = brokenOff(made, unexpected);
                spec = last;
                throw failed;
            }
            record.reloaded(run, wanted.digest(), life.startedAt());
            apply();
            List<Thread> remain = old.finish(last.gracePeriod());
            retire(old);
            if (!remain.isEmpty()) before.add(old);
            if (!remain.isEmpty()) record.reason("threads of what ran before the reload remain: " + GroupThreads.summary(remain));
            // It may have ended while the old one was still in charge.
            if (life.ownExit() != null) endedByItself(life);
            return null;
        });
    }

    /** Throws `start-failed` when it ends by itself with an error right after its start. */
    private void settle(Life made) throws HostError, InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE);
        while (System.nanoTime() < until && made.ownExit() == null) Thread.sleep(5);
        AppExit exit = made.ownExit();
        if (exit == null || (exit.code() == 0 && spec.job())) return;
        made.finish(spec.gracePeriod());
        retire(made);
        throw new HostError("start-failed", "it ended with code " + exit.code() + (exit.error() == null ? "" : ": " + exit.error()));
    }

    /** Ends it and lets go of everything. @return what is to prove that its loaders go */
    List<Retired> undeploy(double grace) throws InterruptedException {
        calls.lockInterruptibly();
        try {
            if (!gone) {
                try {
                    end(grace);
                } catch (HostError remain) {
                    drop(true);
                    record.enter(Phase.STOPPED, remain.getMessage());
                }
                gone = true;
                kernel.remove();
            }
        } finally {
            calls.unlock();
        }
        synchronized (retired) {
            return List.copyOf(retired);
        }
    }

    /** Sees what has changed by itself: a run whose last thread ended, threads that remained and are gone now. */
    void tick() {
        Life now = life;
        if (now != null) now.check();
        Phase phase = record.phase();
        boolean leftover = !before.isEmpty() || (now != null && (phase == Phase.STOPPING || phase == Phase.FAILED));
        if (!leftover || !calls.tryLock()) return;
        try {
            boolean some = before.removeIf(old -> old.threads().isEmpty());
            if (some && before.isEmpty() && phase == Phase.RUNNING) record.reason(null);
            if (life != now || !before.isEmpty()) return;
            if (now == null) {
                if (record.phase() == Phase.STOPPING) record.enter(Phase.STOPPED, null);
                return;
            }
            if (record.phase() == Phase.RUNNING || !now.threads().isEmpty()) return;
            drop(false);
            AppExit exit = owed;
            owed = null;
            if (record.phase() == Phase.STOPPING) record.enter(Phase.STOPPED, null);
            else if (exit == null) record.enter(Phase.FAILED, null);
            else decide(exit, ranMs(now, exit));
        } finally {
            calls.unlock();
        }
    }

    String threads() {
        Life now = life;
        return now == null ? "" : GroupThreads.dump(now.threads());
    }
}

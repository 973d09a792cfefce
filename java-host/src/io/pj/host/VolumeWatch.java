package io.pj.host;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Measures volumes that have a size, by one thread of low priority; a line is told when one outgrows its size. */
final class VolumeWatch {
    /** @param size bytes that it should not outgrow */
    record Volume(String name, Path path, long size) {}

    /** @param bytes as last measured; null: not yet */
    record Use(String name, Long bytes, long size) {}

    /** @param hostLog takes a line for the host's log */
    VolumeWatch(Consumer<String> hostLog) {}

    /** From deploy on, and again with every update: these volumes of this application, no others. `appLog` takes a line for its log. */
    void watch(String key, List<Volume> volumes, Consumer<String> appLog) {}

    /** At undeploy. */
    void forget(String key) {}

    /** For AppState.volumes. */
    List<Use> uses(String key) {
        return List.of();
    }
}

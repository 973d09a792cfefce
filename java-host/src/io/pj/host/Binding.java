package io.pj.host;

/** What one run of an application has of pj's API: its place on the bus, its services, its pool. */
interface Binding {
    /** New pool sizes while it runs; null: the defaults. Tasks that are there stay, also beyond a smaller queue. */
    void resize(PoolSizes sizes);

    /**
     * The application is stopping: to be called after its shutdown hooks ran and before its threads are interrupted. Nothing more is delivered to it, its services
     * are gone, its pool takes nothing more and drops what waits; idle threads of pj's end. May be called twice.
     */
    void quiesce();

    /** Nothing of the application is held any more. Quiesces it, if that was not done. May be called twice. */
    void drop();
}

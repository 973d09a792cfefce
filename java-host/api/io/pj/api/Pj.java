package io.pj.api;

/** What pj offers to an application that wants to know of it. */
public final class Pj {
    private Pj() {}
}

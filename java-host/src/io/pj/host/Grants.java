package io.pj.host;

/** A policy, ready to be asked. */
final class Grants {
    Grants(Policy policy) {}
}

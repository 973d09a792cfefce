package io.pj.host;

/** Placeholder until java-iso is merged. */
final class ClassRewriter {
    private ClassRewriter() {}

    static byte[] rewrite(byte[] bytes) {
        return bytes;
    }
}

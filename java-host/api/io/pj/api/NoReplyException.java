package io.pj.api;

/** A request that nobody answers: there is no subscription, or all that got it failed. */
public class NoReplyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public NoReplyException(String message) {
        super(message);
    }
}

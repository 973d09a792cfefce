package io.pj.api;

/** A class of one application was about to reach another, which can't see it: the message says which, and what to do. */
public class ForeignClassException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public ForeignClassException(String message) {
        super(message);
    }
}

package io.pj.api;

/** A service threw what its caller can't see: the message is its class and message, the stack is its stack. */
public class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ServiceException(String message) {
        super(message);
    }
}

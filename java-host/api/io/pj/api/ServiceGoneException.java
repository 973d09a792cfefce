package io.pj.api;

/** The application that offers a service, or the object behind a stand-in, is gone. */
public class ServiceGoneException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public ServiceGoneException(String message) {
        super(message);
    }
}

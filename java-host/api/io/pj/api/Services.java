package io.pj.api;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Services by name: an application registers an object under an interface, others call it through that interface. The interface has to be one that both see: of the
 * JDK, or of the host's shared class path ({@code jvm.classpath}) and then not on the applications' own class paths. One that only its application sees is for this
 * application alone.
 *
 * <p>What others get is a stand-in that looks the service up with every call: after a redeploy it calls the new one, while there is none it throws
 * {@link ServiceGoneException}. A call runs in the caller's thread, with the provider's context class loader. Arguments and results of a class that only one side
 * sees are passed as stand-ins where the method declares an interface, and are refused with {@link ForeignClassException} otherwise; what a collection holds is not
 * looked at. An exception that the caller can't see arrives as {@link ServiceException}, with its text and stack.
 */
public interface Services {
    /** A service that is offered, until it is closed or the application stops. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Offers {@code service}. Of two from the same application (the old one and its successor at a redeploy) the later one is called.
     *
     * @throws IllegalStateException when another application offers this name
     * @throws IllegalArgumentException when type is not a public interface
     */
    <T> Registration register(String name, Class<T> type, T service);

    /**
     * The service of this name; empty: nobody offers it now.
     *
     * @throws ForeignClassException when the one that is offered has this type's name but is another class, or is the provider's own
     * @throws IllegalArgumentException when it is offered as another type
     */
    <T> Optional<T> find(String name, Class<T> type);

    /** Waits until somebody offers it. Throws as {@link #find}. */
    <T> T await(String name, Class<T> type, Duration timeout) throws TimeoutException, InterruptedException;

    /** What is offered now, sorted. */
    Set<String> names();
}

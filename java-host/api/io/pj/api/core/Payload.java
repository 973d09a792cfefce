package io.pj.api.core;

import io.pj.api.ForeignClassException;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/** What a message may hold: copied, so that neither side can change it under the other, and nothing of an application's own loader in it. */
final class Payload {
    private static final int MAX_DEPTH = 64;
    private static final Set<Class<?>> PLAIN = Set.of(
            String.class, Boolean.class, Character.class, Byte.class, Short.class, Integer.class, Long.class, Float.class, Double.class,
            BigInteger.class, BigDecimal.class, UUID.class, URI.class, Locale.class, Currency.class);

    private final Predicate<Class<?>> shared;
    private final String sender;
    /** Arrays are in it: they have to be copied again for each that gets it. */
    private boolean arrays;

    private Payload(Predicate<Class<?>> shared, String sender) {
        this.shared = shared;
        this.sender = sender;
    }

    /** A checked payload. */
    record Checked(Object value, boolean arrays) {
        Object copy() {
            return arrays ? new Payload(type -> true, "").copy(value, 0) : value;
        }
    }

    /** Throws IllegalArgumentException, ForeignClassException among them. */
    static Checked check(Object value, Predicate<Class<?>> shared, String sender) {
        Payload payload = new Payload(shared, sender);
        return new Checked(payload.copy(value, 0), payload.arrays);
    }

    private Object copy(Object value, int depth) {
        if (value == null || isPlain(value.getClass())) return value;
        if (depth > MAX_DEPTH) throw new IllegalArgumentException("a message's payload may be nested " + MAX_DEPTH + " deep; this one is deeper, or holds itself");
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>(list.size());
            for (Object one : list) copy.add(copy(one, depth + 1));
            return Collections.unmodifiableList(copy);
        }
        if (value instanceof Set<?> set) {
            Set<Object> copy = new LinkedHashSet<>();
            for (Object one : set) copy.add(copy(one, depth + 1));
            return Collections.unmodifiableSet(copy);
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, one) -> copy.put(copy(key, depth + 1), copy(one, depth + 1)));
            return Collections.unmodifiableMap(copy);
        }
        if (value instanceof Optional<?> optional) return optional.map(one -> copy(one, depth + 1));
        Class<?> type = value.getClass();
        if (!shared.test(type)) throw foreign(type);
        if (type.isArray()) return array(value, type, depth);
        if (value instanceof Enum<?>) return value;
        // A proxy's class may be seen by all, its handler is the application's.
        if (Proxy.isProxyClass(type) || type.getClassLoader() == null || type.getClassLoader() == ClassLoader.getPlatformClassLoader()) {
            throw new IllegalArgumentException("a message can't hold a " + type.getName()
                    + ": only String, Boolean, Character, numbers, java.time, UUID, URI, Locale, Currency, enums, and arrays, List, Set, Map and Optional of those");
        }
        if (type.isRecord()) components(value, type, depth);
        return value;
    }

    private static boolean isPlain(Class<?> type) {
        return PLAIN.contains(type) || (type.getClassLoader() == null && type.getPackageName().equals("java.time"));
    }

    private Object array(Object value, Class<?> type, int depth) {
        arrays = true;
        int length = Array.getLength(value);
        Object copy = Array.newInstance(type.getComponentType(), length);
        if (type.getComponentType().isPrimitive()) System.arraycopy(value, 0, copy, 0, length);
        else {
            for (int i = 0; i < length; i++) {
                Object one = copy(Array.get(value, i), depth + 1);
                if (one != null && !type.getComponentType().isInstance(one)) {
                    throw new IllegalArgumentException("a message can't hold a " + type.getTypeName() + ": send a List");
                }
                Array.set(copy, i, one);
            }
        }
        return copy;
    }

    /** A record of the shared class path is passed as it is, but may hold nothing that others can't see. */
    private void components(Object value, Class<?> type, int depth) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.getType().isPrimitive()) continue;
            try {
                Method accessor = component.getAccessor();
                // Also where a policy keeps the application from it.
                Privileged.call(accessor::trySetAccessible);
                copy(accessor.invoke(value), depth + 1);
            } catch (ReflectiveOperationException | RuntimeException e) {
                if (e instanceof IllegalArgumentException wrong) throw wrong;
                // It does not let us look: then neither does it let others.
            }
        }
    }

    private ForeignClassException foreign(Class<?> type) {
        return new ForeignClassException(sender + " can't send a " + type.getName()
                + ": its class is of the application's own class path, which no other application sees. Send String, byte[], numbers, List or Map, or put the"
                + " class on the class path of the host JVM (jvm.classpath) instead of the application's");
    }
}

package io.pj.host;

import io.pj.host.GuardedCalls.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Sends what a class does with members that concern the whole JVM (GuardedCalls) to io.pj.guard.Guard. References in the constant pool are changed where they
 * stand; a call with an object becomes a static one with the object as its first argument, and a read of System.out a static call: both are as long as before and leave the
 * stack as it was, so jumps, stack maps and every other part of the class stay. Method handles (method references, lambdas) become static ones alike. Takes any
 * version of the class file, as only its outer form is read.
 */
final class ClassRewriter {
    private static final int UTF8 = 1, CLASS = 7, FIELDREF = 9, METHODREF = 10, NAME_AND_TYPE = 12, METHOD_HANDLE = 15;
    private static final int REF_GET_STATIC = 2, REF_INVOKE_VIRTUAL = 5, REF_INVOKE_STATIC = 6;
    private static final int GETSTATIC = 178, INVOKEVIRTUAL = 182, INVOKESPECIAL = 183, INVOKESTATIC = 184;

    private final byte[] from;
    private final int count;
    /** Where each constant begins, at its tag; 0 for the second half of a long or double. */
    private final int[] at;
    private final int end;

    private ClassRewriter(byte[] bytes) {
        from = bytes;
        if (bytes.length < 10 || bytes[0] != (byte) 0xCA || bytes[1] != (byte) 0xFE || bytes[2] != (byte) 0xBA || bytes[3] != (byte) 0xBE) {
            throw new Malformed();
        }
        count = u2(8);
        at = new int[count];
        int here = 10;
        for (int i = 1; i < count; i++) {
            at[i] = here;
            switch (u1(here)) {
                case UTF8 -> here += 3 + u2(here + 1);
                case 3, 4, FIELDREF, METHODREF, 11, NAME_AND_TYPE, 17, 18 -> here += 5;
                case 5, 6 -> {
                    here += 9;
                    i++;
                }
                case CLASS, 8, 16, 19, 20 -> here += 3;
                case METHOD_HANDLE -> here += 4;
                default -> throw new Malformed();
            }
        }
        end = here;
        if (end > bytes.length) throw new Malformed();
    }

    /** The class with its calls sent to Guard; the same array where it has none, or where it is no class file: then the JVM says so. */
    static byte[] rewrite(byte[] bytes) {
        try {
            return new ClassRewriter(bytes).rewritten();
        } catch (Malformed | ArrayIndexOutOfBoundsException malformed) {
            return bytes;
        }
    }

    private byte[] rewritten() {
        Kind[] kinds = new Kind[count];
        int found = 0;
        Map<?, ?>[] guarded = new Map<?, ?>[count];
        boolean any = false;
        for (int i = 1; i < count; i++) {
            if (at[i] == 0 || u1(at[i]) != CLASS) continue;
            guarded[i] = GuardedCalls.of(text(u2(at[i] + 1)));
            any |= guarded[i] != null;
        }
        if (!any) return from;
        for (int i = 1; i < count; i++) {
            int tag = at[i] == 0 ? 0 : u1(at[i]);
            if (tag != FIELDREF && tag != METHODREF) continue;
            Map<?, ?> members = guarded[constant(u2(at[i] + 1), CLASS)];
            if (members == null) continue;
            int nameAndType = at[constant(u2(at[i] + 3), NAME_AND_TYPE)];
            Kind kind = (Kind) members.get(text(u2(nameAndType + 1)) + text(u2(nameAndType + 3)));
            if (kind == null || (kind == Kind.FIELD) != (tag == FIELDREF)) continue;
            kinds[i] = kind;
            found++;
        }
        if (found == 0) return from;
        code(null, kinds);
        // Calls of super were left alone, perhaps all that there were.
        for (Kind kind : kinds) if (kind != null) return write(kinds, found);
        return from;
    }

    private byte[] write(Kind[] kinds, int found) {
        // Two constants for Guard, and a text and a name-and-type for each reference whose descriptor changes.
        Appended more = new Appended(count, found);
        int guard = more.classOf(GuardedCalls.GUARD);
        byte[] body = from.clone();
        for (int i = 1; i < count; i++) {
            if (at[i] == 0) continue;
            if (u1(at[i]) == METHOD_HANDLE) {
                int reference = u2(at[i] + 2);
                Kind kind = reference < count ? kinds[reference] : null;
                if (kind != null) body[at[i] + 1] = (byte) handle(kind, u1(at[i] + 1));
            } else if (kinds[i] != null) {
                int nameAndType = at[u2(at[i] + 3)];
                String descriptor = text(u2(nameAndType + 3));
                String owner = text(u2(at[u2(at[i] + 1)] + 1));
                body[at[i]] = METHODREF;
                put(body, at[i] + 1, guard);
                if (kinds[i] == Kind.FIELD) put(body, at[i] + 3, more.nameAndType(u2(nameAndType + 1), "()" + descriptor));
                if (kinds[i] == Kind.VIRTUAL) put(body, at[i] + 3, more.nameAndType(u2(nameAndType + 1), "(L" + owner + ";" + descriptor.substring(1)));
            }
        }
        code(body, kinds);
        // A class with 65 500 constants has no room for more: it stays as it is.
        if (more.count > 0xFFFF) return from;
        put(body, 8, more.count);
        byte[] result = Arrays.copyOf(body, from.length + more.length);
        System.arraycopy(more.bytes, 0, result, end, more.length);
        System.arraycopy(body, end, result, end + more.length, from.length - end);
        return result;
    }

    private static int handle(Kind kind, int handle) {
        int wanted = switch (kind) {
            case STATIC -> REF_INVOKE_STATIC;
            case VIRTUAL -> REF_INVOKE_VIRTUAL;
            case FIELD -> REF_GET_STATIC;
        };
        if (handle != wanted) throw new Malformed();
        return REF_INVOKE_STATIC;
    }

    /** Changes the instructions in the code of every method. Without a body: takes out of `kinds` what a subclass calls as its super's. */
    private void code(byte[] body, Kind[] kinds) {
        int here = end + 6;
        here += 2 + 2 * u2(here);
        for (int part = 0; part < 2; part++) {
            int members = u2(here);
            here += 2;
            for (int m = 0; m < members; m++) {
                int attributes = u2(here + 6);
                here += 8;
                for (int a = 0; a < attributes; a++) {
                    if (part == 1 && "Code".equals(text(u2(here)))) instructions(body, here + 14, u4(here + 10), kinds);
                    here += 6 + u4(here + 2);
                }
            }
        }
    }

    private void instructions(byte[] body, int start, int length, Kind[] kinds) {
        int here = start;
        while (here < start + length) {
            int op = u1(here);
            if (op >= GETSTATIC && op <= INVOKESTATIC) {
                int reference = u2(here + 1);
                Kind kind = reference < count ? kinds[reference] : null;
                if (body == null) {
                    if (op == INVOKESPECIAL && kind == Kind.VIRTUAL) kinds[reference] = null;
                } else if (kind != null) {
                    if (op != (kind == Kind.FIELD ? GETSTATIC : kind == Kind.VIRTUAL ? INVOKEVIRTUAL : INVOKESTATIC)) throw new Malformed();
                    body[here] = (byte) INVOKESTATIC;
                }
            }
            int next = here + Opcodes.length(from, here, here - start);
            if (next <= here) throw new Malformed();
            here = next;
        }
        if (here != start + length) throw new Malformed();
    }

    private int constant(int index, int tag) {
        if (index <= 0 || index >= count || at[index] == 0 || u1(at[index]) != tag) throw new Malformed();
        return index;
    }

    /** Good for names in ASCII, which all that is looked for has. */
    private String text(int index) {
        int here = at[constant(index, UTF8)];
        return new String(from, here + 3, u2(here + 1), StandardCharsets.ISO_8859_1);
    }

    private int u1(int here) {
        return from[here] & 0xFF;
    }

    private int u2(int here) {
        return (from[here] & 0xFF) << 8 | from[here + 1] & 0xFF;
    }

    private int u4(int here) {
        int value = u2(here) << 16 | u2(here + 2);
        if (value < 0 || value > from.length) throw new Malformed();
        return value;
    }

    private static void put(byte[] bytes, int here, int value) {
        bytes[here] = (byte) (value >> 8);
        bytes[here + 1] = (byte) value;
    }

    /** New constants at the end of the pool. */
    private static final class Appended {
        final byte[] bytes;
        int length;
        int count;

        Appended(int count, int references) {
            this.count = count;
            bytes = new byte[64 + references * 256];
        }

        int classOf(String name) {
            int text = utf8(name);
            return add(CLASS, text);
        }

        int nameAndType(int name, String descriptor) {
            int text = utf8(descriptor);
            return add(NAME_AND_TYPE, name, text);
        }

        private int utf8(String text) {
            byte[] encoded = text.getBytes(StandardCharsets.ISO_8859_1);
            int index = add(UTF8, encoded.length);
            System.arraycopy(encoded, 0, bytes, length, encoded.length);
            length += encoded.length;
            return index;
        }

        private int add(int tag, int... values) {
            bytes[length++] = (byte) tag;
            for (int value : values) {
                put(bytes, length, value);
                length += 2;
            }
            return count++;
        }
    }

    @SuppressWarnings("serial")
    private static final class Malformed extends RuntimeException {
        Malformed() {
            super(null, null, false, false);
        }
    }
}

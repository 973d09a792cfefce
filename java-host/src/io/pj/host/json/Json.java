package io.pj.host.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON (RFC 8259), strictly: maps are LinkedHashMap, arrays List, numbers Long where they are whole and fit, else Double. Refused: names given twice, more
 * than 200 levels, numbers that are not finite, anything after the value.
 */
public final class Json {
    private static final int DEPTH = 200;
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException it is not JSON; says what and at which character */
    public static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value(0);
        json.space();
        if (json.at < text.length()) throw json.error("something after the value");
        return value;
    }

    private Object value(int depth) {
        if (depth > DEPTH) throw error("more than " + DEPTH + " levels");
        space();
        if (at >= text.length()) throw error("a value is missing");
        char c = text.charAt(at);
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        if (take('}')) return map;
        do {
            space();
            if (at >= text.length() || text.charAt(at) != '"') throw error("a name is missing");
            String name = string();
            if (!take(':')) throw error("':' is missing");
            if (map.containsKey(name)) throw error("the name \"" + name + "\" is there twice");
            map.put(name, value(depth + 1));
        } while (take(','));
        if (!take('}')) throw error("'}' is missing");
        return map;
    }

    private List<Object> array(int depth) {
        List<Object> list = new ArrayList<>();
        at++;
        if (take(']')) return list;
        do list.add(value(depth + 1));
        while (take(','));
        if (!take(']')) throw error("']' is missing");
        return list;
    }

    private String string() {
        int from = ++at;
        StringBuilder out = null;
        while (true) {
            if (at >= text.length()) throw error("a string does not end");
            char c = text.charAt(at);
            if (c == '"') {
                String rest = text.substring(from, at++);
                return out == null ? rest : out.append(rest).toString();
            }
            if (c < ' ') throw error("a control character in a string");
            if (c == '\\') {
                if (out == null) out = new StringBuilder();
                out.append(text, from, at);
                at++;
                out.append(escape());
                from = at;
            } else {
                at++;
            }
        }
    }

    private char escape() {
        if (at >= text.length()) throw error("a string does not end");
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++, at++) {
                    int digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
                    if (digit < 0) throw error("four hex digits are missing");
                    code = code * 16 + digit;
                }
                yield (char) code;
            }
            default -> throw error("an escape that JSON does not have");
        };
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) throw error("not a value");
        at += word.length();
        return value;
    }

    private Number number() {
        int from = at;
        if (peek('-')) at++;
        if (peek('0')) at++;
        else digits();
        boolean whole = true;
        if (peek('.')) {
            at++;
            digits();
            whole = false;
        }
        if (peek('e') || peek('E')) {
            at++;
            if (peek('+') || peek('-')) at++;
            digits();
            whole = false;
        }
        String digits = text.substring(from, at);
        if (whole && digits.length() < 20) {
            try {
                return Long.valueOf(digits);
            } catch (NumberFormatException tooLarge) {
                // Falls through to a double.
            }
        }
        double value = Double.parseDouble(digits);
        if (Double.isInfinite(value)) throw error("a number that is too large");
        return value;
    }

    private void digits() {
        int from = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') at++;
        if (at == from) throw error("not a value");
    }

    private boolean peek(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    private boolean take(char c) {
        space();
        if (!peek(c)) return false;
        at++;
        return true;
    }

    private void space() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at++;
    }

    private IllegalArgumentException error(String what) {
        return new IllegalArgumentException("not JSON: " + what + " at character " + at);
    }

    /** One line: maps, iterables, strings, numbers, booleans, null; anything else as its toString. */
    public static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            String mark = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(mark);
                quote(String.valueOf(entry.getKey()), out);
                out.append(':');
                write(entry.getValue(), out);
                mark = ",";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> list) {
            out.append('[');
            String mark = "";
            for (Object item : list) {
                out.append(mark);
                write(item, out);
                mark = ",";
            }
            out.append(']');
        } else if (value instanceof Double number) {
            // JSON has no other way to say that there is no number.
            if (!Double.isFinite(number)) out.append("null");
            else if (number == Math.rint(number) && Math.abs(number) < 1e15) out.append(number.longValue());
            else out.append(number);
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            quote(value.toString(), out);
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c == '\n') out.append("\\n");
            else if (c == '\t') out.append("\\t");
            else if (c < ' ' || c == '\u2028' || c == '\u2029' || lone(text, i)) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        out.append('"');
    }

    /** Half of a pair of surrogates without its other half: UTF-8 has no bytes for it. */
    private static boolean lone(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) return i + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}

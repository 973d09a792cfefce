package io.pj.host.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON object that is read by name and type. Every method throws IllegalArgumentException that says which field is not what it should be. */
public final class Fields {
    private final Map<?, ?> map;
    private final String path;

    private Fields(Map<?, ?> map, String path) {
        this.map = map;
        this.path = path;
    }

    public static Fields of(Object value, String path) {
        if (value instanceof Map<?, ?> map) return new Fields(map, path);
        throw new IllegalArgumentException((path.isEmpty() ? "the message" : path) + ": an object is needed");
    }

    /** As it came. */
    public Object raw() {
        return map;
    }

    public boolean has(String name) {
        return map.get(name) != null;
    }

    public String text(String name) {
        if (map.get(name) instanceof String text && text.indexOf('\0') < 0) return text;
        throw wrong(name, "a string is needed");
    }

    public String filled(String name) {
        String text = text(name);
        if (text.isEmpty()) throw wrong(name, "it must not be empty");
        return text;
    }

    /** An absolute path. */
    public String path(String name) {
        String text = text(name);
        if (!text.startsWith("/")) throw wrong(name, "an absolute path is needed");
        return text;
    }

    public String oneOf(String name, String... allowed) {
        String text = text(name);
        if (List.of(allowed).contains(text)) return text;
        throw wrong(name, "one of " + String.join(", ", allowed) + " is needed");
    }

    public boolean flag(String name) {
        if (map.get(name) instanceof Boolean flag) return flag;
        throw wrong(name, "true or false is needed");
    }

    public double number(String name, double least) {
        if (map.get(name) instanceof Number number && number.doubleValue() >= least) return number.doubleValue();
        throw wrong(name, "a number of at least " + Json.write(least) + " is needed");
    }

    public long whole(String name, long least) {
        if (map.get(name) instanceof Long number && number >= least) return number;
        throw wrong(name, "a whole number of at least " + least + " is needed");
    }

    public int count(String name, int least) {
        long number = whole(name, least);
        if (number <= Integer.MAX_VALUE) return (int) number;
        throw wrong(name, "it is too large");
    }

    public Fields object(String name) {
        return of(map.get(name), at(name));
    }

    public List<Fields> objects(String name) {
        List<Fields> found = new ArrayList<>();
        for (Object item : list(name)) found.add(of(item, at(name) + '[' + found.size() + ']'));
        return List.copyOf(found);
    }

    public List<String> texts(String name) {
        List<String> found = new ArrayList<>();
        for (Object item : list(name)) {
            if (!(item instanceof String text)) throw wrong(name, "an array of strings is needed");
            found.add(text);
        }
        return List.copyOf(found);
    }

    public Map<String, String> textMap(String name) {
        Map<String, String> found = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : object(name).map.entrySet()) {
            if (!(entry.getValue() instanceof String text)) throw wrong(name, "a map of strings is needed");
            found.put((String) entry.getKey(), text);
        }
        return found;
    }

    private List<?> list(String name) {
        if (map.get(name) instanceof List<?> list) return list;
        throw wrong(name, "an array is needed");
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + '.' + name;
    }

    private IllegalArgumentException wrong(String name, String what) {
        return new IllegalArgumentException(at(name) + ": " + what);
    }
}

package io.pj.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.Writer;
import java.util.Collection;
import java.util.Enumeration;
import java.util.InvalidPropertiesFormatException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/** System.getProperties() of a JVM with several applications: everything goes on to the properties of the calling one, else to the host's. Holds none itself. */
@SuppressWarnings("serial")
final class TenantProperties extends Properties {
    private static volatile Properties host;

    private TenantProperties() {
        super(1);
    }

    static void install() {
        host = System.getProperties();
        System.setProperties(new TenantProperties());
    }

    /** Properties for one application: the host's of now, with its own over them. Changes of either are not seen by the other. */
    static Properties forTenant(Map<String, String> own) {
        Properties properties = new Properties();
        replace(properties, null);
        properties.putAll(own);
        return properties;
    }

    /** Gives an application these for its own; null: the host's. Its object stays the same. */
    static void replace(Properties target, Properties wanted) {
        if (wanted == target || wanted instanceof TenantProperties) return;
        Properties from = wanted != null ? wanted : host != null ? host : System.getProperties();
        Properties copy = new Properties();
        // First by name, for those that are only defaults of others.
        for (String name : from.stringPropertyNames()) copy.setProperty(name, from.getProperty(name));
        copy.putAll(from);
        synchronized (target) {
            target.clear();
            target.putAll(copy);
        }
    }

    private static Properties to() {
        TenantState state = Tenants.calling();
        return state == null ? host : state.tenant.properties();
    }

    @Override
    public Object setProperty(String key, String value) {
        return to().setProperty(key, value);
    }

    @Override
    public String getProperty(String key) {
        return to().getProperty(key);
    }

    @Override
    public String getProperty(String key, String otherwise) {
        return to().getProperty(key, otherwise);
    }

    @Override
    public Enumeration<?> propertyNames() {
        return to().propertyNames();
    }

    @Override
    public Set<String> stringPropertyNames() {
        return to().stringPropertyNames();
    }

    @Override
    public void load(Reader reader) throws IOException {
        to().load(reader);
    }

    @Override
    public void load(InputStream stream) throws IOException {
        to().load(stream);
    }

    @Override
    @Deprecated
    public void save(OutputStream stream, String comments) {
        to().save(stream, comments);
    }

    @Override
    public void store(Writer writer, String comments) throws IOException {
        to().store(writer, comments);
    }

    @Override
    public void store(OutputStream stream, String comments) throws IOException {
        to().store(stream, comments);
    }

    @Override
    public void loadFromXML(InputStream stream) throws IOException, InvalidPropertiesFormatException {
        to().loadFromXML(stream);
    }

    @Override
    public void storeToXML(OutputStream stream, String comment, String encoding) throws IOException {
        to().storeToXML(stream, comment, encoding);
    }

    @Override
    public void storeToXML(OutputStream stream, String comment, java.nio.charset.Charset charset) throws IOException {
        to().storeToXML(stream, comment, charset);
    }

    @Override
    public void list(PrintStream out) {
        to().list(out);
    }

    @Override
    public void list(PrintWriter out) {
        to().list(out);
    }

    @Override
    public int size() {
        return to().size();
    }

    @Override
    public boolean isEmpty() {
        return to().isEmpty();
    }

    @Override
    public Enumeration<Object> keys() {
        return to().keys();
    }

    @Override
    public Enumeration<Object> elements() {
        return to().elements();
    }

    @Override
    public boolean contains(Object value) {
        return to().contains(value);
    }

    @Override
    public boolean containsValue(Object value) {
        return to().containsValue(value);
    }

    @Override
    public boolean containsKey(Object key) {
        return to().containsKey(key);
    }

    @Override
    public Object get(Object key) {
        return to().get(key);
    }

    @Override
    public Object getOrDefault(Object key, Object otherwise) {
        return to().getOrDefault(key, otherwise);
    }

    @Override
    public Object put(Object key, Object value) {
        return to().put(key, value);
    }

    @Override
    public Object putIfAbsent(Object key, Object value) {
        return to().putIfAbsent(key, value);
    }

    @Override
    public void putAll(Map<?, ?> values) {
        to().putAll(values);
    }

    @Override
    public Object remove(Object key) {
        return to().remove(key);
    }

    @Override
    public boolean remove(Object key, Object value) {
        return to().remove(key, value);
    }

    @Override
    public Object replace(Object key, Object value) {
        return to().replace(key, value);
    }

    @Override
    public boolean replace(Object key, Object before, Object value) {
        return to().replace(key, before, value);
    }

    @Override
    public void replaceAll(BiFunction<? super Object, ? super Object, ?> change) {
        to().replaceAll(change);
    }

    @Override
    public Object computeIfAbsent(Object key, Function<? super Object, ?> make) {
        return to().computeIfAbsent(key, make);
    }

    @Override
    public Object computeIfPresent(Object key, BiFunction<? super Object, ? super Object, ?> change) {
        return to().computeIfPresent(key, change);
    }

    @Override
    public Object compute(Object key, BiFunction<? super Object, ? super Object, ?> change) {
        return to().compute(key, change);
    }

    @Override
    public Object merge(Object key, Object value, BiFunction<? super Object, ? super Object, ?> change) {
        return to().merge(key, value, change);
    }

    @Override
    public void clear() {
        to().clear();
    }

    @Override
    public Set<Object> keySet() {
        return to().keySet();
    }

    @Override
    public Set<Map.Entry<Object, Object>> entrySet() {
        return to().entrySet();
    }

    @Override
    public Collection<Object> values() {
        return to().values();
    }

    @Override
    public void forEach(BiConsumer<? super Object, ? super Object> each) {
        to().forEach(each);
    }

    @Override
    public Object clone() {
        return to().clone();
    }

    @Override
    public boolean equals(Object other) {
        return other == this || to().equals(other);
    }

    @Override
    public int hashCode() {
        return to().hashCode();
    }

    @Override
    public String toString() {
        return to().toString();
    }

    /** A copy of the caller's is what is written out. */
    private Object writeReplace() {
        return to().clone();
    }
}

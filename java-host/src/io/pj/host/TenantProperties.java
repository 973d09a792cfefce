package io.pj.host;

import java.util.Map;
import java.util.Properties;

/** Placeholder until java-iso is merged. */
final class TenantProperties {
    private TenantProperties() {}

    static Properties forTenant(Map<String, String> own) {
        Properties properties = new Properties();
        properties.putAll(own);
        return properties;
    }
}

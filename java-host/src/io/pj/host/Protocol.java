package io.pj.host;

import io.pj.host.json.Fields;
import io.pj.host.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The calls of src/jvm/protocol.ts. */
final class Protocol {
    static final int VERSION = 1;
    private final Host host;

    /** `after`: what is done when the answer is on its way; null: nothing. */
    record Answer(String line, Runnable after) {}

    Protocol(Host host) {
        this.host = host;
    }

    /** Never throws: what goes wrong is told in the answer. */
    Answer answer(String line) {
        Object id = null;
        try {
            Object value = Json.parse(line);
            if (value instanceof Map<?, ?> map && map.get("id") instanceof Number number) id = number;
            if (value instanceof Map<?, ?> map && map.get("id") instanceof String text) id = text;
            Fields message = Fields.of(value, "");
            if (id == null) throw new IllegalArgumentException("id: a number or a string is needed");
            String method = message.text("method");
            Fields params = message.has("params") ? message.object("params") : Fields.of(Map.of(), "params");
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("id", id);
            answer.put("result", call(method, params));
            return new Answer(Json.write(answer), method.equals("shutdown") ? () -> System.exit(0) : null);
        } catch (HostError failed) {
            return error(id, failed.code, failed.getMessage(), failed.details);
        } catch (IllegalArgumentException bad) {
            return error(id, "bad-request", bad.getMessage(), Map.of());
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            return error(id, "ending", "this JVM is about to end", Map.of());
        } catch (Throwable failed) {
            Main.log("internal: " + AppExit.describe(failed));
            return error(id, "internal", AppExit.describe(failed), Map.of());
        }
    }

    static Answer error(Object id, String code, String message, Map<String, Object> details) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        error.put("details", details);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", id);
        answer.put("error", error);
        return new Answer(Json.write(answer), null);
    }

    private Object call(String method, Fields params) throws HostError, InterruptedException {
        return switch (method) {
            case "hello" -> Samples.host(host);
            case "deploy" -> host.deploy(app(params));
            case "start" -> host.start(app(params), params.filled("run"));
            case "stop" -> host.stop(params.filled("key"), params.number("gracePeriod", 0));
            case "update" -> host.update(app(params));
            case "throttle" -> host.throttle(params.filled("key"), params.filled("instance"), params.has("cpu") ? Double.valueOf(params.number("cpu", 0)) : null);
            case "reload" -> host.reload(app(params), params.filled("run"));
            case "undeploy" -> host.undeploy(params.filled("key"), params.number("gracePeriod", 0));
            case "list" -> everything(host.all().stream().map(host::state).toList());
            case "sample" -> {
                Map<String, Object> all = everything(host.all().stream().map(host::sample).toList());
                all.put("cpuUsec", Samples.cpuMicros());
                yield all;
            }
            case "recall" -> host.all().stream().map(Protocol::recalled).toList();
            case "threads" -> host.threads(params.filled("key"));
            case "shutdown" -> {
                host.end(params.number("gracePeriod", 0));
                yield null;
            }
            default -> throw new IllegalArgumentException("method: there is no " + method);
        };
    }

    private static AppSpec app(Fields params) {
        return AppSpec.of(params.object("app"));
    }

    private Map<String, Object> everything(List<Map<String, Object>> apps) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("host", Samples.host(host));
        map.put("apps", apps);
        return map;
    }

    private static Map<String, Object> recalled(App app) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("app", app.spec().raw());
        map.put("run", app.record().run());
        return map;
    }
}

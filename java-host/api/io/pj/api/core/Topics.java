package io.pj.api.core;

/** Topics and the patterns that subscriptions give. */
final class Topics {
    private static final int MAX_LENGTH = 255;

    private Topics() {}

    /** Throws IllegalArgumentException when it is no topic to publish on. */
    static void check(String topic) {
        words(topic, false);
    }

    /** Throws IllegalArgumentException when it is nothing to subscribe to; whether it has wildcards. */
    static boolean isPattern(String topic) {
        words(topic, true);
        return topic.indexOf('*') >= 0;
    }

    private static void words(String topic, boolean wildcards) {
        if (topic == null) throw new NullPointerException("topic");
        String[] words = topic.split("\\.", -1);
        boolean wrong = topic.length() > MAX_LENGTH;
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            boolean wild = wildcards && (word.equals("*") || (word.equals("**") && i == words.length - 1));
            wrong |= !wild && !isWord(word);
        }
        if (!wrong) return;
        throw new IllegalArgumentException("not a topic: \"" + (wrong && topic.length() > MAX_LENGTH ? topic.substring(0, 40) + "…" : topic) + "\" ("
                + (wildcards
                        ? "words of letters, digits, _ and - joined by dots; * stands for one word, ** at the end for one or more"
                        : "words of letters, digits, _ and - joined by dots; wildcards are for subscriptions")
                + "; at most " + MAX_LENGTH + " characters)");
    }

    private static boolean isWord(String word) {
        return !word.isEmpty() && word.chars().allMatch(c -> c == '_' || c == '-' || Character.isLetterOrDigit(c));
    }

    /** Whether a pattern that was checked stands for a topic that was checked. */
    static boolean matches(String pattern, String topic) {
        int p = 0;
        int t = 0;
        while (true) {
            int pEnd = end(pattern, p);
            int tEnd = end(topic, t);
            String word = pattern.substring(p, pEnd);
            if (word.equals("**")) return true;
            if (!word.equals("*") && !word.equals(topic.substring(t, tEnd))) return false;
            boolean pLast = pEnd == pattern.length();
            boolean tLast = tEnd == topic.length();
            if (pLast || tLast) return pLast && tLast;
            p = pEnd + 1;
            t = tEnd + 1;
        }
    }

    private static int end(String text, int from) {
        int dot = text.indexOf('.', from);
        return dot < 0 ? text.length() : dot;
    }
}

package io.pj.api.core;

import java.time.Instant;

/** A message on its way; holds nothing of the sender's loader. `pending`: null when it is no request. */
record Letter(String topic, String sender, Instant sentAt, Payload.Checked payload, Pending pending) {
    /** Whoever had it will not answer. */
    void fail(String why) {
        if (pending != null) pending.fail(why);
    }
}

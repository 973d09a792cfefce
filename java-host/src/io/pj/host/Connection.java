package io.pj.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** One client: reads lines, has each answered by a worker, writes answers as they come. */
final class Connection {
    /** Bytes of one line. */
    private static final int LONGEST = 16 << 20;
    /** Calls that may be under way; then nothing more is read until one is answered. */
    private static final int UNDER_WAY = 256;

    private final SocketChannel channel;
    private final Protocol protocol;
    private final Workers workers;
    private final Semaphore room = new Semaphore(UNDER_WAY);

    Connection(SocketChannel channel, Protocol protocol, Workers workers) {
        this.channel = channel;
        this.protocol = protocol;
        this.workers = workers;
    }

    /** Until the client has gone. */
    void serve() throws InterruptedException {
        try (channel) {
            ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (channel.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    byte next = buffer.get();
                    if (next == '\n') {
                        take(line.toByteArray());
                        line.reset();
                    } else if (line.size() >= LONGEST) {
                        send(Protocol.error(null, "bad-request", "a line is longer than " + LONGEST + " bytes", Map.of()));
                        return;
                    } else {
                        line.write(next);
                    }
                }
            }
            // What was asked is still done: who asks and goes means it.
        } catch (IOException gone) {
            // The client.
        }
    }

    private void take(byte[] bytes) throws InterruptedException {
        String line;
        try {
            line = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException bad) {
            send(Protocol.error(null, "bad-request", "not UTF-8", Map.of()));
            return;
        }
        if (line.isBlank()) return;
        room.acquire();
        workers.execute(() -> {
            try {
                send(protocol.answer(line));
            } finally {
                room.release();
            }
        });
    }

    private void send(Protocol.Answer answer) {
        ByteBuffer bytes = ByteBuffer.wrap((answer.line() + '\n').getBytes(StandardCharsets.UTF_8));
        synchronized (this) {
            try {
                while (bytes.hasRemaining()) channel.write(bytes);
            } catch (IOException gone) {
                // The client.
            }
        }
        if (answer.after() != null) answer.after().run();
    }
}

package io.pj.host;

import java.util.List;

/** What an application may do, as `security` of its descriptor says. */
record Policy(boolean reflection, boolean networking, boolean fileSystem, List<Rule> files, List<Rule> sockets) {
    /** A file path or a socket address with its actions, as FilePermission and SocketPermission read them. */
    record Rule(String target, String actions) {}
}

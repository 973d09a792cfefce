/** What makes io.pj.api work, in an application alone and in a host JVM. Not for applications: it may change with every version. */
package io.pj.api.core;

/** What an application that knows of pj can use; {@link io.pj.api.Pj} is where it begins. */
package io.pj.api;

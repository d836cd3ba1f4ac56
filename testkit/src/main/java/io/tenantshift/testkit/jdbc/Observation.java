package io.tenantshift.testkit.jdbc;

/**
 * What one call showed.
 *
 * @param what which call
 * @param strict what must be equal on both sides
 * @param loose what is reported when it differs, and fails only where the subclass wants it so: texts of messages
 */
record Observation(String what, String strict, String loose) {}

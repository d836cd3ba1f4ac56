package io.tenantshift.testkit.jdbc;

/**
 * One observation that the two sides do not share.
 *
 * @param behaviour the behaviour, as {@code "topic: name"}
 * @param observation which call of it
 * @param reference what the reference showed; {@code "nothing"} if it did not come so far
 * @param subject what the subject showed; {@code "nothing"} if it did not come so far
 */
public record Difference(String behaviour, String observation, String reference, String subject) {}

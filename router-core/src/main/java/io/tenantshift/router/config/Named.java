package io.tenantshift.router.config;

/**
 * A class that the file names, checked: an object of it can be made.
 *
 * @param path the key, for messages
 */
record Named<T>(Class<? extends T> type, Place place, String path) {}

package io.tenantshift.router;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Objects that were handed over to a router and end with it. What fails to close is logged, and the others are closed all the same. */
record Belongings(String router, List<AutoCloseable> objects) {
    private static final Logger LOG = LoggerFactory.getLogger(Belongings.class);

    Belongings {
        objects = List.copyOf(objects);
    }

    void close() {
        for (AutoCloseable object : objects) {
            try {
                object.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failed(object, e);
            } catch (Exception e) {
                failed(object, e);
            }
        }
    }

    private void failed(AutoCloseable object, Exception e) {
        LOG.warn(
                "router \"{}\": an object of {} that ends with it could not be closed; everything else was",
                router,
                object.getClass().getName(),
                e);
    }
}

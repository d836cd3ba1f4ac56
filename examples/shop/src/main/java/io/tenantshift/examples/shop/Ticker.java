package io.tenantshift.examples.shop;

import java.sql.SQLException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Draws the progress once a second until closed, and once more then. */
final class Ticker implements AutoCloseable {
    private final Progress progress;
    private final ScheduledExecutorService thread = ClientThreads.ticker("shop-progress");
    private final ScheduledFuture<?> ticking;

    Ticker(Progress progress) {
        this.progress = progress;
        this.ticking = thread.scheduleWithFixedDelay(this::tick, 0, 1, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws InterruptedException {
        ticking.cancel(false);
        thread.shutdown();
        if (thread.awaitTermination(10, TimeUnit.SECONDS)) {
            tick();
        }
        progress.end();
    }

    private void tick() {
        try {
            progress.tick();
        } catch (SQLException e) {
            progress.say("progress is not known: " + e.getMessage());
        }
    }
}

package io.tenantshift.router;

import io.tenantshift.router.spi.ShardMapSource;
import io.tenantshift.router.spi.TenantResolver;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Classes of which a file can make nothing, each for another reason. */
public final class NoObjects {
    private NoObjects() {}

    /** Its constructor asks for something. */
    public static final class Asking implements TenantResolver {
        private final String tenant;

        public Asking(String tenant) {
            this.tenant = tenant;
        }

        @Override
        public String currentTenant() {
            return tenant;
        }
    }

    /** Nobody outside its package may see it. */
    static final class Hidden implements TenantResolver {
        public Hidden() {}

        @Override
        public @Nullable String currentTenant() {
            return null;
        }
    }

    /** Not finished. */
    public abstract static class Unfinished implements TenantResolver {
        public Unfinished() {}
    }

    /** Looks like one, and fails. */
    public static final class Failing implements TenantResolver {
        public Failing() {
            throw new IllegalStateException("s3cret");
        }

        @Override
        public @Nullable String currentTenant() {
            return null;
        }
    }

    /** Counts who was made and not closed. */
    public static final class Counted implements ShardMapSource, AutoCloseable {
        public static final AtomicInteger OPEN = new AtomicInteger();

        public Counted() {
            OPEN.incrementAndGet();
        }

        @Override
        public ShardMap current() {
            return ShardMap.everyoneOn(1, "legacy");
        }

        @Override
        public void close() {
            OPEN.decrementAndGet();
        }
    }
}

package io.tenantshift.router;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Orders tenants into {@value #BUCKETS} buckets, so that "the first ten per cent" are the same tenants everywhere and always, and the
 * first one per cent are among them. A tenant's bucket is the CRC-32C of {@code "cohort:" + tenant} in UTF-8, modulo {@value #BUCKETS}:
 * another hash than the slot's, so that a cohort is spread over all slots.
 */
public final class Cohort {
    /** The number of buckets: a cohort is chosen to the hundredth of a per cent. */
    public static final int BUCKETS = 10_000;

    private static final BigDecimal BUCKETS_PER_PERCENT = BigDecimal.valueOf(BUCKETS / 100);

    private Cohort() {}

    /** The bucket of a tenant, from 0 to {@value #BUCKETS} - 1. */
    public static int bucketOf(String tenant) {
        CRC32C crc = new CRC32C();
        crc.update(("cohort:" + tenant).getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() % BUCKETS);
    }

    /** Whether a tenant is among the first {@code percent} of all. */
    public static boolean isWithin(String tenant, String percent) {
        return bucketOf(tenant) < bucketsIn(percent);
    }

    /**
     * How many buckets a percentage is: 0 to 100, with at most two decimals.
     *
     * @throws IllegalArgumentException if it is not such a number
     */
    static int bucketsIn(String percent) {
        try {
            int buckets = new BigDecimal(percent).multiply(BUCKETS_PER_PERCENT).intValueExact();
            if (buckets >= 0 && buckets <= BUCKETS) {
                return buckets;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(notAPercentage(percent), e);
        }
        throw new IllegalArgumentException(notAPercentage(percent));
    }

    private static String notAPercentage(String percent) {
        return "\"%s\" is not a percentage from 0 to 100 with at most two decimals".formatted(percent);
    }
}

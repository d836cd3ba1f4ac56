package io.tenantshift.benchmarks.writes;

import io.tenantshift.benchmarks.Durability;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.load.Load;
import io.tenantshift.benchmarks.load.Measured;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** A JVM in which one writer works on all servers, stretch after stretch, as it is told on standard input. */
final class WritePerformer {
    private WritePerformer() {}

    /** Arguments: the writer; then for each server its name and the URLs of two databases. */
    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<Durability, Writing> writings = new EnumMap<>(Durability.class);
        try {
            for (int i = 1; i < arguments.length; i += 3) {
                writings.put(
                        Durability.valueOf(arguments[i]),
                        Writer.valueOf(arguments[0]).open(new Sides(arguments[i + 1], arguments[i + 2])));
            }
            System.out.println("open");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(perform(writings, Stretch.parse(line)).text());
            }
        } finally {
            writings.values().forEach(Writing::close);
        }
    }

    private static Measured perform(Map<Durability, Writing> writings, Stretch stretch)
            throws ExecutionException, InterruptedException {
        Writing writing = writings.get(stretch.durability());
        if (writing == null) {
            throw new IllegalArgumentException(stretch.durability() + " is not open");
        }
        return Load.run(Sides.TENANTS, stretch.threads(), stretch.millis(), (tenant, n) -> {
            if (!writing.write(tenant, 1 + n % Site.ACCOUNTS)) {
                throw new IllegalStateException("a write did not reach one row");
            }
        });
    }
}

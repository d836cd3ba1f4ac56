package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Service;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.load.Load;
import io.tenantshift.benchmarks.load.Measured;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** A JVM in which one contender works, slice after slice, as it is told on standard input. */
final class Performer {
    private final Service service;
    private final List<String> tenants;

    private Performer(Service service, List<String> tenants) {
        this.service = service;
        this.tenants = tenants;
    }

    public static void main(String[] arguments) throws Exception {
        Site site = Site.parse(arguments[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Service service = Contender.valueOf(arguments[0]).open(site)) {
            Performer performer = new Performer(service, site.tenants());
            System.out.println("open");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(performer.perform(Slice.parse(line)).text());
            }
        }
    }

    /** As a service does: a scope and a connection for each piece of work. */
    private Measured perform(Slice slice) throws ExecutionException, InterruptedException {
        return Load.run(tenants, slice.threads(), slice.millis(), (tenant, n) -> {
            try (AutoCloseable scope = service.enter(tenant)) {
                slice.workload().run(service.dataSource(), tenant, 1 + n % Site.ACCOUNTS);
            }
        });
    }
}

package io.tenantshift.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** A server in a container, where a Docker engine answers. The container ends with the JVM at the latest. */
final class ContainerBacking implements Backing {

    private final PostgreSQLContainer container;

    ContainerBacking(String image, Map<String, String> settings) {
        List<String> command = new ArrayList<>(List.of("postgres"));
        settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        this.container = new PostgreSQLContainer(
                        org.testcontainers.utility.DockerImageName.parse(image).asCompatibleSubstituteFor("postgres"))
                .withUsername("postgres")
                .withPassword("postgres")
                .withCommand(command.toArray(String[]::new));
        container.start();
    }

    /**
     * Asks for an engine only where something points at one: without that, Testcontainers tries every strategy it
     * knows, takes seconds and logs each failure.
     */
    static boolean engineAnswers() {
        return somethingPointsAtAnEngine() && DockerClientFactory.instance().isDockerAvailable();
    }

    private static boolean somethingPointsAtAnEngine() {
        String home = System.getProperty("user.home", "");
        String runtime = System.getenv().getOrDefault("XDG_RUNTIME_DIR", "/nonexistent");
        return System.getenv("DOCKER_HOST") != null
                || System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")
                || Stream.of(
                                "/var/run/docker.sock",
                                runtime + "/docker.sock",
                                home + "/.docker/run/docker.sock",
                                home + "/.docker/desktop/docker.sock",
                                home + "/.testcontainers.properties")
                        .anyMatch(path -> Files.exists(Path.of(path)));
    }

    @Override
    public String description() {
        return "container " + container.getDockerImageName();
    }

    @Override
    public String url(String database) {
        return "jdbc:postgresql://" + container.getHost() + ":"
                + container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT) + "/" + database
                + "?user=postgres&password=postgres";
    }
}

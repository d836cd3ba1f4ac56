package io.tenantshift.router.config;

import static io.tenantshift.router.config.Key.derived;
import static io.tenantshift.router.config.Key.optional;
import static io.tenantshift.router.config.Key.required;
import static io.tenantshift.router.config.Key.standard;

import io.tenantshift.router.config.Shape.Choice;
import io.tenantshift.router.config.Shape.ClassName;
import io.tenantshift.router.config.Shape.FilePath;
import io.tenantshift.router.config.Shape.Items;
import io.tenantshift.router.config.Shape.Named;
import io.tenantshift.router.config.Shape.Secret;
import io.tenantshift.router.config.Shape.Section;
import io.tenantshift.router.config.Shape.ShardName;
import io.tenantshift.router.config.Shape.Text;
import io.tenantshift.router.config.Shape.Time;
import io.tenantshift.router.config.Shape.Url;
import io.tenantshift.router.config.Shape.Whole;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.router.spi.ShardMapSource;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import java.time.Duration;
import java.util.List;

/** Every key of the file, once: what reads it, what documents it and its JSON schema are made from this list. */
final class RouterKeys {
    private static final Section REPLICA = new Section(List.of(
            required("url", new Url(), "The standby, for PostgreSQL's driver: one server."),
            derived(
                    "user",
                    new Text(),
                    "the shard's user, with its password, file or `credentials`",
                    "The database user."),
            derived(
                    "password",
                    new Secret(),
                    "the shard's, if `user` is not set either",
                    "The user's password; better `${NAME}` than the password itself."),
            optional("passwordFile", new FilePath(), "A file that holds the password, read for each new connection.")));

    private static final Section SHARD = new Section(List.of(
            required("url", new Url(), "The database, for PostgreSQL's driver."),
            derived(
                    "user",
                    new Text(),
                    "the user that the connection was asked for with, else as PostgreSQL's driver finds one",
                    "The database user."),
            derived(
                    "password",
                    new Secret(),
                    "the password that the connection was asked for with, if `user` is not set either",
                    "The user's password; better `${NAME}` than the password itself."),
            optional(
                    "passwordFile",
                    new FilePath(),
                    "A file that holds the password and nothing else. Read for each new connection, so that a new password needs no restart."),
            optional(
                    "credentials",
                    new ClassName(ShardCredentials.class),
                    "Who says as whom to connect, asked for each new connection; `password` and `passwordFile` are left out then."),
            optional(
                    "replicas",
                    new Items(REPLICA),
                    "Hot standbys of the shard's server, from which transactions read that are declared read-only.")));

    private static final Section SHARD_MAP = new Section(List.of(
            derived(
                    "version",
                    new Whole(1, Long.MAX_VALUE),
                    "1; not beside `watchedFile` and `source`, which say it",
                    "The map's version."),
            optional("everyone", new ShardName(), "The shard where all tenants live."),
            optional("spread", new Items(new ShardName()), "Shards over which the 4096 slots are spread evenly."),
            optional(
                    "slots",
                    new Named("range", new ShardName()),
                    "Ranges of slots, such as `0-2047`, and the shard of each; together all of 0 to 4095, none twice."),
            optional("tenants", new Named("tenant", new ShardName()), "Tenants on a shard of their own choice."),
            optional("document", new Text(), "The map as a properties document, as `ShardMap.document()` writes it."),
            optional("documentFile", new FilePath(), "A file with that document. Read once."),
            optional(
                    "watchedFile",
                    new FilePath(),
                    "A file with that document and a last line `version=<n>`. A newer version in it is followed within a second."),
            optional(
                    "source",
                    new ClassName(ShardMapSource.class),
                    "Who knows the map, asked about four times a second. A newer version is followed.")));

    private static final Section TABLE_GROUP = new Section(List.of(
            required("name", new Text(), "The group's name in messages."),
            standard(
                    "tenantType",
                    new Choice(List.of("text", "uuid", "integer")),
                    "text",
                    "The type of the tenant columns: how ids are compared. One for all groups."),
            optional("tenantColumn", new Text(), "The column that holds the tenant's id in `tables`."),
            optional("tables", new Items(new Text()), "The tables, each as `schema.table`."),
            optional(
                    "tenantColumns",
                    new Named("schema.table", new Text()),
                    "Tables whose column has another name, and that name.")));

    static final Section ROOT = new Section(List.of(
            required("name", new Text(), "The router's name in messages, metrics and thread names."),
            required("shards", new Named("shard", SHARD), "The databases that hold tenants."),
            derived(
                    "control",
                    new ShardName(),
                    "the legacy shard, else the only shard",
                    "The shard whose database also holds the control tables."),
            optional(
                    "legacyShard",
                    new ShardName(),
                    "Where the tables stay that are in no table group, and where statements run that have no tenant."),
            derived(
                    "shardMap",
                    SHARD_MAP,
                    "everyone on the legacy shard, else on the only shard",
                    "The map that counts until the control database holds one. One of `everyone`, `spread`, `slots`, `document`, `documentFile`, `watchedFile` and `source`; `tenants` beside the first three."),
            optional("tableGroups", new Items(TABLE_GROUP), "The tables whose rows belong to tenants."),
            optional(
                    "referenceTables",
                    new Items(new Text()),
                    "Tables in no group that every shard has with the same rows, each as `schema.table`: read on any shard, written on the legacy shard. Keeping them the same is the service's matter."),
            optional(
                    "meteredTenants",
                    new Items(new Text()),
                    "Tenants whose statements are counted apart, each in a series of its own; at most 1000. No other meter names a tenant."),
            standard(
                    "guard",
                    new Choice(List.of("strict", "context", "audit")),
                    "context",
                    "What a statement on those tables must show before it is sent."),
            standard(
                    "audit",
                    new Choice(List.of("on", "off")),
                    "off",
                    "Whether every statement is counted, for a report on the shard key; needs `tableGroups`."),
            optional(
                    "tenantResolver",
                    new ClassName(TenantResolver.class),
                    "Who knows the tenant of a thread without a `TenantContext` scope."),
            optional(
                    "capture",
                    new ClassName(WriteCapture.class),
                    "How the writes of tenants in transition are captured, such as `io.tenantshift.dualwrite.DualWrite`; without it they are refused."),
            optional(
                    "observer",
                    new ClassName(ReadObserver.class),
                    "Who sees the reads of tenants in a phase with shadow reads."),
            standard(
                    "meters",
                    new Choice(List.of("global", "none")),
                    "none",
                    "Where meters are registered: in Micrometer's `Metrics.globalRegistry`, or nowhere."),
            derived(
                    "maximumPoolSize",
                    new Whole(2, 1000),
                    "10; 1000 for a router that was opened by a JDBC URL, where the caller's own pool sets the limit",
                    "The most connections that the application may hold to one shard."),
            derived(
                    "minimumIdle",
                    new Whole(0, 1000),
                    "2; none for a router that was opened by a JDBC URL, whatever is set",
                    "How many connections to one shard are kept open while nobody uses them."),
            standard(
                    "systemPoolSize",
                    new Whole(4, 1000),
                    "32",
                    "The most connections to one shard for the library's own work."),
            standard(
                    "connectionTimeout",
                    new Time(Duration.ofMillis(250), Duration.ofMinutes(10)),
                    "30s",
                    "How long a statement waits for a free connection."),
            standard(
                    "locateDeadline",
                    new Time(Duration.ofMillis(1), Duration.ofMinutes(10)),
                    "10s",
                    "How long a transaction waits for its tenant to have an open side."),
            derived(
                    "maximumWaiting",
                    new Whole(1, 10_000),
                    "256; 1000 for a router that was opened by a JDBC URL",
                    "How many threads may wait for a connection of one shard; who comes then is refused."),
            standard(
                    "breaker",
                    new Choice(List.of("on", "off")),
                    "on",
                    "Whether the tenants of a shard that does not answer are refused at once, instead of waiting for it."),
            standard(
                    "breakerWindow",
                    new Whole(5, 1000),
                    "20",
                    "By how many outcomes since a first failure it is decided whether a shard answers."),
            standard(
                    "breakerFailureRate",
                    new Whole(1, 100),
                    "50",
                    "How many of a hundred outcomes must have failed, of at least five."),
            standard(
                    "breakerWait",
                    new Time(Duration.ofMillis(100), Duration.ofMinutes(10)),
                    "5s",
                    "How long a shard that does not answer is left alone before it is tried again."),
            standard(
                    "replicaStaleness",
                    new Time(Duration.ofSeconds(1), Duration.ofMinutes(5)),
                    "10s",
                    "How old what a replica shows may be when a transaction begins to read from it."),
            standard(
                    "directoryCacheSize",
                    new Whole(1, 10_000_000),
                    "100000",
                    "How many tenants' homes are remembered, for shard maps with `directory=control`.")));

    private RouterKeys() {}
}

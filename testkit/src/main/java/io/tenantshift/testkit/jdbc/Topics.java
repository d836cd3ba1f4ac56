package io.tenantshift.testkit.jdbc;

/** The order of the topics. */
final class Topics {

    private Topics() {}

    static void addTo(Behaviours all) {
        all.topic("data source", DataSourceBehaviours::addTo);
        all.topic("connection", ConnectionBehaviours::addTo);
        all.topic("setting", SettingBehaviours::addTo);
        all.topic("transaction", TransactionBehaviours::addTo);
        all.topic("savepoint", SavepointBehaviours::addTo);
        all.topic("statement", StatementBehaviours::addTo);
        all.topic("execution", ExecutionBehaviours::addTo);
        all.topic("batch", BatchBehaviours::addTo);
        all.topic("generated keys", GeneratedKeysBehaviours::addTo);
        all.topic("prepared", PreparedBehaviours::addTo);
        all.topic("parameter", ParameterBehaviours::addTo);
        all.topic("object parameter", ObjectParameterBehaviours::addTo);
        all.topic("getter", GetterBehaviours::addTo);
        all.topic("scroll", ScrollBehaviours::addTo);
        all.topic("updatable", UpdatableBehaviours::addTo);
        all.topic("cursor", CursorBehaviours::addTo);
        all.topic("callable", CallableBehaviours::addTo);
        all.topic("meta data", MetaDataBehaviours::addTo);
        all.topic("large object", LargeObjectBehaviours::addTo);
        all.topic("copy", CopyBehaviours::addTo);
        all.topic("notify and unwrap", NotifyBehaviours::addTo);
        all.topic("array", ArrayBehaviours::addTo);
        all.topic("type", TypeBehaviours::addTo);
        all.topic("escape", EscapeBehaviours::addTo);
        all.topic("error and warning", ErrorBehaviours::addTo);
        all.topic("time-out", TimeoutBehaviours::addTo);
        all.topic("life cycle", LifeCycleBehaviours::addTo);
    }
}

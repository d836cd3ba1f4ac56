package io.tenantshift.crossshard.internal.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.sf.jsqlparser.expression.AnalyticExpression;
import net.sf.jsqlparser.expression.ArrayExpression;
import net.sf.jsqlparser.expression.BinaryExpression;
import net.sf.jsqlparser.expression.BooleanValue;
import net.sf.jsqlparser.expression.CaseExpression;
import net.sf.jsqlparser.expression.CastExpression;
import net.sf.jsqlparser.expression.DateTimeLiteralExpression;
import net.sf.jsqlparser.expression.DoubleValue;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.ExtractExpression;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.expression.IntervalExpression;
import net.sf.jsqlparser.expression.JdbcParameter;
import net.sf.jsqlparser.expression.JsonExpression;
import net.sf.jsqlparser.expression.LongValue;
import net.sf.jsqlparser.expression.NotExpression;
import net.sf.jsqlparser.expression.NullValue;
import net.sf.jsqlparser.expression.SignedExpression;
import net.sf.jsqlparser.expression.StringValue;
import net.sf.jsqlparser.expression.TrimFunction;
import net.sf.jsqlparser.expression.WhenClause;
import net.sf.jsqlparser.expression.operators.arithmetic.Addition;
import net.sf.jsqlparser.expression.operators.arithmetic.Concat;
import net.sf.jsqlparser.expression.operators.arithmetic.Division;
import net.sf.jsqlparser.expression.operators.arithmetic.Modulo;
import net.sf.jsqlparser.expression.operators.arithmetic.Multiplication;
import net.sf.jsqlparser.expression.operators.arithmetic.Subtraction;
import net.sf.jsqlparser.expression.operators.conditional.AndExpression;
import net.sf.jsqlparser.expression.operators.conditional.OrExpression;
import net.sf.jsqlparser.expression.operators.relational.Between;
import net.sf.jsqlparser.expression.operators.relational.EqualsTo;
import net.sf.jsqlparser.expression.operators.relational.ExistsExpression;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.expression.operators.relational.GreaterThan;
import net.sf.jsqlparser.expression.operators.relational.GreaterThanEquals;
import net.sf.jsqlparser.expression.operators.relational.InExpression;
import net.sf.jsqlparser.expression.operators.relational.IsBooleanExpression;
import net.sf.jsqlparser.expression.operators.relational.IsDistinctExpression;
import net.sf.jsqlparser.expression.operators.relational.IsNullExpression;
import net.sf.jsqlparser.expression.operators.relational.LikeExpression;
import net.sf.jsqlparser.expression.operators.relational.MinorThan;
import net.sf.jsqlparser.expression.operators.relational.MinorThanEquals;
import net.sf.jsqlparser.expression.operators.relational.NotEqualsTo;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.select.AllColumns;
import net.sf.jsqlparser.statement.select.OrderByElement;
import net.sf.jsqlparser.statement.select.Select;
import org.jspecify.annotations.Nullable;

/**
 * Reads expressions, and refuses what is not of a kind that is known. What is known says the same on every shard for the same rows. For one
 * thread, for one statement.
 */
final class Expressions {
    private static final Set<Class<?>> BINARY = Set.of(
            AndExpression.class,
            OrExpression.class,
            EqualsTo.class,
            NotEqualsTo.class,
            GreaterThan.class,
            GreaterThanEquals.class,
            MinorThan.class,
            MinorThanEquals.class,
            LikeExpression.class,
            IsDistinctExpression.class,
            Addition.class,
            Subtraction.class,
            Multiplication.class,
            Division.class,
            Modulo.class,
            Concat.class);

    private static final Set<Class<?>> LITERALS = Set.of(
            LongValue.class,
            DoubleValue.class,
            StringValue.class,
            NullValue.class,
            BooleanValue.class,
            JdbcParameter.class,
            IntervalExpression.class,
            DateTimeLiteralExpression.class);

    private static final Set<String> TYPES = Set.of(
            ("smallint int2 integer int int4 bigint int8 numeric decimal real float4 double float8 text varchar boolean bool"
                            + " date timestamp timestamptz uuid interval jsonb json")
                    .split(" "));

    /** Written like columns. */
    private static final Set<String> NO_COLUMNS =
            Set.of(("ctid xmin xmax cmin cmax tableoid oid current_user session_user user current_role current_catalog"
                            + " current_schema current_date current_time current_timestamp localtime localtimestamp")
                    .split(" "));

    private final Queries queries;

    Expressions(Queries queries) {
        this.queries = queries;
    }

    /** What aggregates an expression may have where it stands. */
    enum Aggregates {
        NONE,
        /** Any, for all rows of a group are on one shard. */
        LOCAL
    }

    void readAll(@Nullable Iterable<? extends Expression> all, Level level, Aggregates aggregates) {
        if (all != null) {
            all.forEach(each -> read(each, level, aggregates));
        }
    }

    void read(@Nullable Expression e, Level level, Aggregates aggregates) {
        if (e == null || LITERALS.contains(e.getClass())) {
            return;
        }
        if (e instanceof Column column) {
            column(column, level);
        } else if (BINARY.contains(e.getClass())) {
            BinaryExpression both = (BinaryExpression) e;
            read(both.getLeftExpression(), level, aggregates);
            read(both.getRightExpression(), level, aggregates);
        } else if (e instanceof Function function) {
            function(function, level, aggregates);
        } else if (e instanceof AnalyticExpression window) {
            window(window, level, aggregates);
        } else if (e instanceof Select select) {
            queries.inside(select, level);
        } else if (e instanceof ExpressionList<?> list) {
            readAll(list, level, aggregates);
        } else if (e instanceof CaseExpression choice) {
            read(choice.getSwitchExpression(), level, aggregates);
            readAll(choice.getWhenClauses(), level, aggregates);
            read(choice.getElseExpression(), level, aggregates);
        } else if (e instanceof WhenClause when) {
            read(when.getWhenExpression(), level, aggregates);
            read(when.getThenExpression(), level, aggregates);
        } else if (e instanceof CastExpression cast) {
            cast(cast);
            read(cast.getLeftExpression(), level, aggregates);
        } else {
            rare(e, level, aggregates);
        }
    }

    private void rare(Expression e, Level level, Aggregates aggregates) {
        if (e instanceof NotExpression not) {
            read(not.getExpression(), level, aggregates);
        } else if (e instanceof SignedExpression signed) {
            read(signed.getExpression(), level, aggregates);
        } else if (e instanceof Between between) {
            read(between.getLeftExpression(), level, aggregates);
            read(between.getBetweenExpressionStart(), level, aggregates);
            read(between.getBetweenExpressionEnd(), level, aggregates);
        } else if (e instanceof InExpression in) {
            read(in.getLeftExpression(), level, aggregates);
            if (in.getRightExpression() instanceof Select select) {
                queries.in(in.getLeftExpression(), select, level);
            } else {
                read(in.getRightExpression(), level, aggregates);
            }
        } else if (e instanceof IsNullExpression is) {
            read(is.getLeftExpression(), level, aggregates);
        } else if (e instanceof IsBooleanExpression is) {
            read(is.getLeftExpression(), level, aggregates);
        } else if (e instanceof ExistsExpression exists) {
            read(exists.getRightExpression(), level, aggregates);
        } else if (e instanceof ExtractExpression extract) {
            read(extract.getExpression(), level, aggregates);
        } else if (e instanceof TrimFunction trim) {
            read(trim.getExpression(), level, aggregates);
            read(trim.getFromExpression(), level, aggregates);
        } else if (e instanceof JsonExpression json) {
            read(json.getExpression(), level, aggregates);
        } else if (e instanceof ArrayExpression item) {
            read(item.getObjExpression(), level, aggregates);
            read(item.getIndexExpression(), level, aggregates);
        } else {
            throw new Refusal(Rule.EXPRESSION, e.getClass().getSimpleName());
        }
    }

    private void column(Column column, Level level) {
        String name = Names.of(column.getColumnName());
        boolean bare = column.getTable() == null || column.getTable().getName() == null;
        if (NO_COLUMNS.contains(name)) {
            throw new Refusal(Rule.SYSTEM_COLUMN, name);
        }
        boolean plain = column.getArrayConstructor() == null
                && column.getOldOracleJoinSyntax() == 0
                && (bare || column.getTable().getSchemaName() == null);
        boolean row = bare && level.relations.stream().anyMatch(relation -> relation.name.equals(name));
        if (!plain || row) {
            throw new Refusal(Rule.EXPRESSION, "column \"%s\"".formatted(name));
        }
    }

    private static void cast(CastExpression cast) {
        String type = cast.getColDataType() == null
                ? ""
                : cast.getColDataType().getDataType().toLowerCase(Locale.ROOT).split("[ (]", 2)[0];
        boolean known = TYPES.contains(type) && "cast".equalsIgnoreCase(cast.keyword == null ? "cast" : cast.keyword);
        if (!known) {
            throw new Refusal(Rule.EXPRESSION, "a cast to \"%s\"".formatted(type));
        }
    }

    /** The name of a function, in lower case. */
    static String name(Function function) {
        return Names.of(function.getName());
    }

    private void function(Function function, Level level, Aggregates aggregates) {
        String name = name(function);
        if (Functions.AGGREGATES.contains(name)) {
            if (aggregates == Aggregates.NONE) {
                throw new Refusal(Rule.AGGREGATE, name);
            }
            aggregate(function, level);
            return;
        }
        boolean plain = Functions.PLAIN.contains(name)
                && !function.isDistinct()
                && !function.isAllColumns()
                && function.getOrderByElements() == null
                && function.getKeep() == null
                && function.getAttribute() == null
                && !function.isEscaped();
        if (!plain) {
            throw new Refusal(Rule.FUNCTION, name);
        }
        readAll(function.getParameters(), level, aggregates);
        readAll(function.getNamedParameters(), level, aggregates);
    }

    /** The arguments of an aggregate. */
    void aggregate(Function function, Level level) {
        if (function.getKeep() != null || function.getAttribute() != null || function.isEscaped()) {
            throw new Refusal(Rule.AGGREGATE, name(function));
        }
        List<Expression> arguments = new ArrayList<>();
        if (function.getParameters() != null) {
            arguments.addAll(function.getParameters());
        }
        arguments.removeIf(argument -> argument.getClass() == AllColumns.class);
        readAll(arguments, level, Aggregates.NONE);
        order(function.getOrderByElements(), level);
    }

    private void order(@Nullable List<OrderByElement> elements, Level level) {
        if (elements != null) {
            elements.forEach(element -> read(element.getExpression(), level, Aggregates.NONE));
        }
    }

    private void window(AnalyticExpression window, Level level, Aggregates aggregates) {
        String name = Names.of(window.getName());
        switch (window.getType()) {
            case OVER -> {
                boolean known = Functions.WINDOW.contains(name) || Functions.AGGREGATES.contains(name);
                List<Expression> partition = new ArrayList<>();
                if (window.getPartitionExpressionList() != null) {
                    partition.addAll(window.getPartitionExpressionList());
                }
                if (!known || partition.stream().noneMatch(each -> queries.isTenantKey(each, level))) {
                    throw new Refusal(Rule.WINDOW, name);
                }
                readAll(partition, level, aggregates);
            }
            case FILTER_ONLY, WITHIN_GROUP -> {
                if (!Functions.AGGREGATES.contains(name)) {
                    throw new Refusal(Rule.FUNCTION, name);
                }
                if (aggregates == Aggregates.NONE) {
                    throw new Refusal(Rule.AGGREGATE, name);
                }
            }
            default -> throw new Refusal(Rule.WINDOW, name);
        }
        Aggregates inside =
                window.getType() == net.sf.jsqlparser.expression.AnalyticType.OVER ? aggregates : Aggregates.NONE;
        if (!window.isAllColumns() && !(window.getExpression() instanceof AllColumns)) {
            read(window.getExpression(), level, inside);
        }
        read(window.getOffset(), level, inside);
        read(window.getDefaultValue(), level, inside);
        read(window.getFilterExpression(), level, inside);
        order(window.getOrderByElements(), level);
        order(window.getFuncOrderBy(), level);
    }
}

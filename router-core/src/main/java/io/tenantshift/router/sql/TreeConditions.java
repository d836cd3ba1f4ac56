package io.tenantshift.router.sql;

import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.JdbcParameter;
import net.sf.jsqlparser.expression.StringValue;
import net.sf.jsqlparser.expression.operators.conditional.AndExpression;
import net.sf.jsqlparser.expression.operators.conditional.OrExpression;
import net.sf.jsqlparser.expression.operators.relational.EqualsTo;
import net.sf.jsqlparser.expression.operators.relational.InExpression;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.Select;
import org.jspecify.annotations.Nullable;

/**
 * Reads conditions from a parsed tree, as {@link TenantConditions} reads them from tokens. What it does not know restricts nothing. For one
 * thread, while a statement is read.
 */
final class TreeConditions {
    /** Behind a literal: the literal is only a part of an operand, whatever the parser made of it. */
    private static final Set<String> OPERAND_GOES_ON = Set.of(
            "is",
            "isnull",
            "notnull",
            "not",
            "in",
            "between",
            "like",
            "ilike",
            "similar",
            "collate",
            "at",
            "escape",
            "overlaps",
            "uescape");

    private final Tokens x;
    private final TenantReading reading;
    private final TenantLiterals literals;
    private final ParserText text;
    private final BiFunction<Select, QueryLevel, QueryOutput> subSelects;

    /** @param subSelects reads a query inside an expression of a level, and what it gives */
    TreeConditions(
            Tokens x,
            TenantReading reading,
            TenantLiterals literals,
            ParserText text,
            BiFunction<Select, QueryLevel, QueryOutput> subSelects) {
        this.x = x;
        this.reading = reading;
        this.literals = literals;
        this.text = text;
        this.subSelects = subSelects;
    }

    /** A condition that a reader has still to look at. */
    private record Pending(Expression condition, Reach reach) {}

    void read(@Nullable Expression condition, Reach reach) {
        Deque<Pending> pending = new ArrayDeque<>();
        if (condition != null) {
            pending.push(new Pending(condition, reach));
        }
        while (!pending.isEmpty()) {
            Pending next = pending.pop();
            Expression e = unwrapped(next.condition);
            Reach r = next.reach;
            if (e instanceof AndExpression and && !and.isUseOperator()) {
                pending.push(new Pending(and.getRightExpression(), r));
                pending.push(new Pending(and.getLeftExpression(), r));
            } else if (e instanceof OrExpression or) {
                pending.push(new Pending(or.getRightExpression(), r.none()));
                pending.push(new Pending(or.getLeftExpression(), r.none()));
            } else if (e instanceof EqualsTo equal && isPlain(equal)) {
                Operand left = operand(equal.getLeftExpression(), r.level());
                reading.equal(left, operand(equal.getRightExpression(), r.level()), r);
            } else if (e instanceof InExpression in && !in.isNot() && in.getOldOracleJoinSyntax() == 0) {
                in(in, r);
            }
        }
    }

    private static boolean isPlain(EqualsTo equal) {
        return equal.getStringExpression().equals("=")
                && equal.getOldOracleJoinSyntax() == 0
                && equal.getOraclePriorPosition() == 0;
    }

    private void in(InExpression in, Reach reach) {
        QueryLevel level = reach.level();
        Operand left = operand(in.getLeftExpression(), level);
        Expression right = in.getRightExpression();
        if (right instanceof ParenthesedSelect select) {
            reading.in(left, subSelects.apply(select, level), reach);
        } else if (right instanceof ParenthesedExpressionList<?> list) {
            reading.in(left, operands(list, level), reach);
        }
    }

    private static Expression unwrapped(Expression expression) {
        Expression e = expression;
        while (e instanceof ParenthesedExpressionList<?> list && isBrackets(list) && list.size() == 1) {
            e = list.get(0);
        }
        return e;
    }

    /** Brackets only: {@code ROW (…)} is a row even of one item. */
    private static boolean isBrackets(ParenthesedExpressionList<?> list) {
        return list.getClass() == ParenthesedExpressionList.class;
    }

    /** What one side of a comparison, one item of a list or the source of an assignment is. */
    Operand operand(Expression expression, QueryLevel level) {
        Expression e = unwrapped(expression);
        if (e instanceof ParenthesedExpressionList<?> row) {
            return new Operand.Row(operands(row, level));
        } else if (e instanceof JdbcParameter parameter) {
            return literal(text.place(parameter.getIndex()));
        } else if (e instanceof StringValue string && string.getPrefix() == null) {
            return literal(text.place(numberIn(string.getValue())));
        }
        return e instanceof Column column ? column(column, level) : Operand.OTHER;
    }

    private List<Operand> operands(List<? extends Expression> expressions, QueryLevel level) {
        List<Operand> operands = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            operands.add(operand(expression, level));
        }
        return operands;
    }

    private static int numberIn(String string) {
        return string.matches("s\\d{1,6}") ? Integer.parseInt(string.substring(1)) : -1;
    }

    private Operand literal(ParserText.@Nullable Place place) {
        if (place == null || goesOn(place.to())) {
            return Operand.OTHER;
        }
        TenantValue value = literals.read(place.from(), place.to());
        return value == null ? Operand.OTHER : Operand.Values.of(value);
    }

    private boolean goesOn(int t) {
        return (x.isType(t, Tokens.Type.OPERATOR) && !x.isOperator(t, "="))
                || x.isPunctuation(t, "::")
                || x.isPunctuation(t, '[')
                || x.isPunctuation(t, '.')
                || x.isType(t, Tokens.Type.STRING)
                || OPERAND_GOES_ON.contains(x.keyword(t));
    }

    private Operand column(Column column, QueryLevel level) {
        String name = text.name(column.getColumnName());
        boolean plain = column.getArrayConstructor() == null
                && column.getOldOracleJoinSyntax() == 0
                && ".".equals(column.getTableDelimiter());
        if (name == null || !plain) {
            return Operand.OTHER;
        }
        if (column.getTable() == null || column.getTable().getName() == null) {
            boolean word = name.equals(column.getColumnName()) && ReservedWords.NO_NAMES.contains(name);
            return word ? Operand.OTHER : level.bare(name);
        }
        String table = text.name(column.getTable().getName());
        String schema = column.getTable().getSchemaName();
        if (table == null) {
            return Operand.OTHER;
        }
        return schema == null
                ? level.qualified(table, name)
                : level.qualified(new TableName(text.name(schema), table), name);
    }
}

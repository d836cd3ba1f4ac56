package io.tenantshift.testkit.jdbc;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The three kinds of statement, so that one behaviour can be written for all of them. */
enum Kind {
    PLAIN {
        @Override
        Statement make(Connection c, String sql) throws SQLException {
            return c.createStatement();
        }

        @Override
        boolean execute(Statement s, String sql) throws SQLException {
            return s.execute(sql);
        }

        @Override
        ResultSet executeQuery(Statement s, String sql) throws SQLException {
            return s.executeQuery(sql);
        }

        @Override
        int executeUpdate(Statement s, String sql) throws SQLException {
            return s.executeUpdate(sql);
        }

        @Override
        long executeLargeUpdate(Statement s, String sql) throws SQLException {
            return s.executeLargeUpdate(sql);
        }

        @Override
        void addBatch(Statement s, String sql) throws SQLException {
            s.addBatch(sql);
        }
    },
    PREPARED {
        @Override
        Statement make(Connection c, String sql) throws SQLException {
            return c.prepareStatement(sql);
        }
    },
    CALLABLE {
        @Override
        Statement make(Connection c, String sql) throws SQLException {
            CallableStatement call = c.prepareCall(sql);
            return call;
        }
    };

    /** A statement of this kind; a plain one takes the text when it is executed. */
    abstract Statement make(Connection c, String sql) throws SQLException;

    boolean execute(Statement s, String sql) throws SQLException {
        return ((PreparedStatement) s).execute();
    }

    ResultSet executeQuery(Statement s, String sql) throws SQLException {
        return ((PreparedStatement) s).executeQuery();
    }

    int executeUpdate(Statement s, String sql) throws SQLException {
        return ((PreparedStatement) s).executeUpdate();
    }

    long executeLargeUpdate(Statement s, String sql) throws SQLException {
        return ((PreparedStatement) s).executeLargeUpdate();
    }

    void addBatch(Statement s, String sql) throws SQLException {
        ((PreparedStatement) s).addBatch();
    }

    /** For names. */
    String words() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}

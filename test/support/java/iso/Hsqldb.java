package iso;

import java.sql.Connection;
import java.sql.DriverManager;

/** Says which HSQLDB it has, as the library itself tells. */
public final class Hsqldb {
    private Hsqldb() {}

    public static void main(String[] args) throws Exception {
        Class.forName("org.hsqldb.jdbcDriver");
        try (Connection connection = DriverManager.getConnection("jdbc:hsqldb:mem:iso", "sa", "")) {
            connection.createStatement().execute("create table t (a integer)");
            System.out.println("sees " + connection.getMetaData().getDatabaseProductName() + " " + connection.getMetaData().getDatabaseProductVersion());
        }
        Thread.sleep(Long.MAX_VALUE);
    }
}

package io.pj.host.leak;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Defined anew in the loader of an application: DriverManager lets only the loader of a driver take it back. */
public final class DriverSweep {
    private DriverSweep() {}

    /** @return the classes of drivers that were taken back */
    public static List<String> run() throws SQLException {
        List<String> swept = new ArrayList<>();
        for (Driver driver : Collections.list(DriverManager.getDrivers())) {
            if (driver.getClass().getClassLoader() != DriverSweep.class.getClassLoader()) continue;
            DriverManager.deregisterDriver(driver);
            swept.add(driver.getClass().getName());
        }
        return swept;
    }
}

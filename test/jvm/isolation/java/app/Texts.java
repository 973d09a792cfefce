package app;

import java.util.ListResourceBundle;

public final class Texts extends ListResourceBundle {
    @Override
    protected Object[][] getContents() {
        return new Object[][] {{"a", "b"}};
    }
}

package io.pj.host;

/** How long the instructions of the JVM are. */
final class Opcodes {
    private static final int BIPUSH = 16, LDC = 18, TABLESWITCH = 170, LOOKUPSWITCH = 171, WIDE = 196, IINC = 132, LAST = 201;
    private static final byte[] LENGTHS = new byte[LAST + 1];

    static {
        java.util.Arrays.fill(LENGTHS, (byte) 1);
        // Operands of one byte: bipush, ldc, loads and stores of a local, ret, newarray.
        for (int op : new int[] {BIPUSH, LDC, 21, 22, 23, 24, 25, 54, 55, 56, 57, 58, 169, 188}) LENGTHS[op] = 2;
        // Of two: sipush, ldc_w, ldc2_w, iinc, branches, fields, calls, new, anewarray, checkcast, instanceof, ifnull, ifnonnull.
        for (int op : new int[] {17, 19, 20, IINC, 187, 189, 192, 193, 198, 199}) LENGTHS[op] = 3;
        for (int op = 153; op <= 168; op++) LENGTHS[op] = 3;
        for (int op = 178; op <= 184; op++) LENGTHS[op] = 3;
        // invokeinterface, invokedynamic, goto_w, jsr_w; multianewarray.
        for (int op : new int[] {185, 186, 200, 201}) LENGTHS[op] = 5;
        LENGTHS[197] = 4;
    }

    private Opcodes() {}

    /** Bytes of the instruction at `here`, which is `offset` bytes from the start of its method; 0: there is no such instruction. */
    static int length(byte[] code, int here, int offset) {
        int op = code[here] & 0xFF;
        if (op > LAST) return 0;
        int operands = 1 + (3 - offset % 4);
        return switch (op) {
            case TABLESWITCH -> operands + 12 + 4 * (i4(code, here + operands + 8) - i4(code, here + operands + 4) + 1);
            case LOOKUPSWITCH -> operands + 8 + 8 * i4(code, here + operands + 4);
            case WIDE -> (code[here + 1] & 0xFF) == IINC ? 6 : 4;
            default -> LENGTHS[op];
        };
    }

    private static int i4(byte[] code, int here) {
        return (code[here] & 0xFF) << 24 | (code[here + 1] & 0xFF) << 16 | (code[here + 2] & 0xFF) << 8 | code[here + 3] & 0xFF;
    }
}

/** The smallest number first; push and take cost O(log n), so that a wide plan stays cheap. */
export interface ReadyQueue {
    readonly size: number;
    push(index: number): void;
    /** Undefined when it is empty. */
    take(): number | undefined;
}
/** An empty queue of plan positions (a binary heap). */
export declare function readyQueue(): ReadyQueue;

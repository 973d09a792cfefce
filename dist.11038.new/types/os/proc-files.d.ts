/** Every pid there is now. */
export declare function allPids(): number[];
/** The environment a process was started with; empty when it is gone, a zombie, or not ours to read. */
export declare function readEnviron(pid: number): Record<string, string>;
/** One variable of the environment a process was started with, without decoding the rest. */
export declare function readEnvironVariable(pid: number, name: string): string | undefined;
/** The arguments, the program's own name first; empty for a zombie, a kernel thread or none. */
export declare function readCmdline(pid: number): string[];
export interface Executable {
    path: string;
    /** What runs, which the path may no longer lead to. */
    device: number;
    inode: number;
    /** The file was deleted or replaced since the process began. */
    deleted: boolean;
}
/** The program file that a process runs; undefined when it is gone or not ours to read. */
export declare function readExe(pid: number): Executable | undefined;

/** Writes a commented pj.yaml, a .gitignore line and one descriptor (or copies those of \`from\`); never over a file that is there. */
export declare function initProject(dir: string, options: {
    from?: string;
    env: Record<string, string | undefined>;
}): Promise<string[]>;

export interface User {
    name: string;
    uid: number;
    gid: number;
    home: string;
    shell: string;
}
export interface Group {
    name: string;
    gid: number;
}
/** A user by name or number, from /etc/passwd, else from whatever else `getent` asks (LDAP, sssd); undefined when unknown. */
export declare function lookupUser(user: string): User | undefined;
/** A group by name or number; undefined when unknown. */
export declare function lookupGroup(group: string): Group | undefined;
export declare const isNumber: (text: string) => boolean;

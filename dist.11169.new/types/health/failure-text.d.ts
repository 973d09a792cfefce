/** A system error in a few words for people; anything else in its own. */
export declare function failureText(thrown: unknown): string;
/** Why a signal was aborted: the words of its reason. */
export declare function abortText(signal: AbortSignal): string;

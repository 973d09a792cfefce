/** What system error codes mean to people. */
const WORDS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'name cannot be looked up now',
  EPIPE: 'connection closed',
  ENOENT: 'no such file',
  EACCES: 'permission denied',
};

/** A system error in a few words for people; anything else in its own. */
export function failureText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // A name with several addresses fails with one error per address.
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return failureText(thrown.errors[0]);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  return WORDS[code] ?? (thrown.message === '' ? code || thrown.name : thrown.message);
}

/** Why a signal was aborted: the words of its reason. */
export function abortText(signal: AbortSignal): string {
  const { reason } = signal;
  return reason instanceof Error && reason.name !== 'AbortError' ? reason.message : 'the probe was given up';
}

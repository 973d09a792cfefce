/** Names of what is written into no file. */
const WORDS =
  /pass(word|wd|phrase|code)|requirepass|masterauth|secret|token|credential|(api|access|private|secret|encryption|signing|master|auth|app|license)_?key/i;
const LAST = /(^|[_.-])(pass|pwd|pw|key|keys|auth|dsn|salt|pepper|pin|cookie)$/i;
const JOINED = /(password|passwd|pwd)$/i;
/** What speaks of a secret without being one. */
const ABOUT =
  /[_.-](file|path|dir|folder|ttl|expiry|expires|expiration|lifetime|timeout|length|size|method|algorithm|alg|header|issuer|type|policy|enabled|required|url|uri|host|name|prefix|count|hours|days|minutes|seconds)$/i;
/** A switch such as ALLOW_EMPTY_PASSWORD, or the path of where the secret itself lies. */
const HARMLESS =
  /^(true|false|yes|no|on|off|0|1|none|null||(\.{1,2}|~|\/(etc|var|run|opt|usr|home|srv|root|mnt|tmp|data|app|certs?|ssl|secrets?|keys?))\/[\w./@-]+)$/i;

/** True where a name says that its value is nothing to be written down. */
export function isSensitiveName(name: string): boolean {
  if (ABOUT.test(name) || /(^|_)public_?key/i.test(name)) return false;
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return WORDS.test(words) || LAST.test(words) || JOINED.test(name);
}

/** Values that give themselves away, whatever their name: a login in a URL, a private key, the tokens of well-known services, hashes of passwords. */
const VALUES = [
  /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|sk-[a-z]*-?)[\w-]{16,}/i,
  /(^|:)\$(apr1|2[abxy]|[1567y]|argon2\w*|scrypt)\$/,
  /\b(password|passwd|pwd)=[^\s;&]+/i,
];

/** A text in which only what stands between references counts: `postgres://app:${secret.X}@db` gives nothing away. */
export function isSensitiveValue(text: string): boolean {
  const rest = text.replace(/\$\{secret\.[^}]*\}/g, '${}');
  return VALUES.some((pattern) => {
    const found = pattern.exec(rest)?.[0];
    return found !== undefined && !found.includes('${}');
  });
}

/** True where a value of that name is not written down. */
export function isSensitive(name: string, value: string): boolean {
  return (isSensitiveName(name) && !HARMLESS.test(value)) || isSensitiveValue(value);
}

/** True where an option or assignment of a command line gives a secret; stricter than for names, as `--tls-key` is a file. */
export function isSensitiveOption(name: string, value: string): boolean {
  const plain = name.replace(/^-+/, '');
  const isName = !ABOUT.test(plain) && (WORDS.test(plain) || JOINED.test(plain));
  return isName && !HARMLESS.test(value) && !value.includes('$') && !/^[./-]/.test(value);
}

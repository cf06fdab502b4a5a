// The scrubber of our log takes out whatever looks like a secret, since a line that says too little does no harm. Here a finding stops a
// call: what is a name, a placeholder or code is none.

import type { SecretShape } from "#platform/log";

/** Shown in documents, tests and examples. */
const PLACEHOLDER =
  /^(?:password|passwd|passphrase|pass|pw|pwd|secret|token|key)$|example|sample|placeholder|change[-_ ]?me|your[-_ ]|dummy|fake|redacted|scrubbed|xxxx|\*{3}|\.{3}|<[^>]{1,64}>|\$\{|\{\{|\$\(|process\.env|0123456789abcdef|1234567890/i;
/** `req.body.password`, `getToken()`, `$PASSWORD`, `%s`: a name of the value, not the value. */
const CODE =
  /^[$%@:/]|^\d+(?:\.\d+)+|[()[\]{};,]|^[A-Za-z_]+(?:\.[A-Za-z_]+)+$|^(?:null|none|true|false|undefined|string|self|this|env|await|new)\b/i;

const classes = (value: string): number =>
  [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((pattern) => pattern.test(value)).length;

/** Different characters of the first 64: `aaaa` and `------` are no keys. */
const variety = (value: string): number => new Set(value.slice(0, 64)).size;

/** A token of a service, by its head: digits and letters without a word's order. */
const random = (value: string): boolean => /\d/.test(value) && /[A-Za-z]/.test(value) && variety(value) >= 10;

/** Somebody's word for themselves: a passphrase has no spaces here, and is more than one word. */
const chosen = (value: string): boolean =>
  value.length >= 6 && !/\s/.test(value) && classes(value) >= 2 && variety(value) >= 5 && !CODE.test(value);

/** `scheme://user:value@host`: what stands for the password, or all of it. */
export const passwordOf = (url: string): string => /:\/\/[^\s:@/]{0,128}:([^\s@/]{1,256})@/.exec(url)?.[1] ?? url;

/** 0 where it is none, up to 100 where it can be nothing else. */
export function weightOf(what: SecretShape["what"] | "assigned", value: string): number {
  if (PLACEHOLDER.test(value.slice(0, 512)) && what !== "private_key") return 0;
  switch (what) {
    case "private_key":
      return /^-----BEGIN [A-Z ]{0,32}PRIVATE KEY/.test(value) && value.length > 120 ? 100 : 0;
    case "run":
      return random(value) ? 100 : 0;
    case "token":
      return random(value) ? 95 : 0;
    case "authorization":
    case "bearer":
      return value.length >= 16 && random(value) ? 80 : 0;
    case "url_password":
      return CODE.test(value) ? 0 : 85;
    case "keyed_token":
      return random(value) && !CODE.test(value) ? 80 : 0;
    case "password":
    case "keyed_json":
    case "assigned":
      return chosen(value) && /\d|[^A-Za-z0-9_-]/.test(value) ? 60 : 0;
  }
}

// `password = "..."` in code and configuration, which no service's format gives away.

export interface Assigned {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const NAME =
  /(?:password|passwd|passphrase|pwd|secret|api_?key|access_?key|auth_?token|access_?token|client_?secret)/gi;
/** `DB_PASSWORD_PROD` is one, `passwordHash` and `secretlint-rule` are other things. */
const REST = String.raw`(?:[_-]?(?:prod|production|staging|dev|test|live|value|key|\d{1,2}))?`;
/** Behind backslashes, where all of it is text inside of JSON, once or twice. */
const QUOTE = "\\\\{0,3}[\"'`]";
/** Then `=`, `:` or `=>`, then a literal: quoted, or bare to the end of a line of YAML or of the environment. */
const QUOTED = new RegExp(
  `^${REST}(?:${QUOTE})?\\s{0,8}(?:=>|:=|[:=])\\s{0,8}(${QUOTE})(?<value>[^"'\`\\r\\n]{6,256}?)\\1`,
  "i",
);
const BARE = new RegExp(
  `^${REST}\\s{0,4}(?::\\s|=)\\s{0,8}(?<value>[^\\s"'\`,;)}\\]]{8,256})(?=\\s*(?:[\\r\\n]|$))`,
  "i",
);
const WINDOW = 340;

export function assignedIn(text: string): readonly Assigned[] {
  const found: Assigned[] = [];
  for (const { 0: name, index } of text.matchAll(NAME)) {
    const from = index + name.length;
    const rest = text.slice(from, from + WINDOW);
    const match = QUOTED.exec(rest) ?? BARE.exec(rest);
    const value = match?.groups?.["value"];
    if (match === null || value === undefined) continue;
    const start = from + match[0].lastIndexOf(value);
    found.push({ value, start, end: start + value.length });
  }
  return found;
}

// The last stage before a line is written: secrets are found by what they look like, not by where they stand
// (tenancy.md, finding 12: path lists leaked in seven of nine shapes). Every pattern is linear in the input: a line
// is written by people we do not know, and must not stop the process (L12).

export const SCRUBBED = "[scrubbed]";

/** GitHub's tokens since April 2026 are `ghs_<app>_<JWT>`: long, with dots. Older and shorter ones match too. */
const TOKEN_HEADS = ["ghs_", "ghp_", "gho_", "ghu_", "ghr_", "github_pat_", "v2.", "eyJ"] as const;
/** Bounded: a run of several megabytes, which a stranger may send us, would exhaust the expression's stack. */
const RUN = /[A-Za-z0-9._~+/=-]{24,1048576}/g;
/** Ours (API keys, operators' keys), and those of the services that clients and we use. */
const TAGGED = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    "cs[a-z]_[A-Za-z0-9_-]{20,512}",
    "whsec_[A-Za-z0-9+/=_-]{20,512}",
    "re_[A-Za-z0-9]{6,32}_[A-Za-z0-9]{16,128}",
    "xox[a-z]-[A-Za-z0-9-]{20,512}",
    "xapp-[A-Za-z0-9-]{20,512}",
    "hv[sbr]\\.[A-Za-z0-9_-]{20,1024}",
    "AGE-SECRET-KEY-1[A-Z0-9]{20,128}",
    "sk-[A-Za-z0-9_-]{20,512}",
    "[sr]k_(?:live|test)_[A-Za-z0-9]{16,256}",
    "glpat-[A-Za-z0-9_-]{16,256}",
    "npm_[A-Za-z0-9]{30,128}",
    "AIza[A-Za-z0-9_-]{30,64}",
    "SG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,128}",
  ].join("|")})`,
  "g",
);
/** A client secret of Microsoft's directory: `xyz8Q~...`. */
const DIRECTORY_SECRET = /Q~[A-Za-z0-9_~.-]{30,40}/g;
const PEM = /-----BEGIN [A-Z0-9 ]{1,40}-----[^]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g;
const BEARER = /\b(bearer|basic)\s{1,8}(?<secret>[A-Za-z0-9._~+/=-]{8,})/gi;
const AUTHORIZATION =
  /\b(authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?)(?:token\s{1,8})?(?<secret>[A-Za-z0-9._~+/=-]{8,})/gi;
const URL_PASSWORD = /:\/\/([^\s:@/"'\\]{0,128}):(?<secret>[^\s@/"']{1,4096})@/g;
/** `key=value`, of a connection string, a query or a file of the environment. */
const KEYED_PASSWORD = /(password|passwd|pwd|secret)=(?<secret>[^\s&"'\\]{1,8192})/gi;
const KEYED_TOKEN =
  /((?:token|api_?key|access_?key|private_?key[A-Z_]{0,20})=\\?["']?)(?<secret>[A-Za-z0-9._~+/=-]{20,8192})/gi;
/** The same in JSON, also where that is text inside of JSON. */
const KEYED_JSON =
  /("[A-Za-z_-]{0,24}(?:password|passwd|secret|token|api_?key|access_?key|private_?key)\\?"\s{0,4}:\s{0,4}\\?")(?<secret>(?:[^"\\]|\\.){6,8192})/gi;

/** In their order: what an earlier one takes away, a later one does not see. Where there is no group `secret`, all of it is one. */
const SHAPES = [
  { what: "private_key", pattern: PEM, by: SCRUBBED },
  { what: "bearer", pattern: BEARER, by: `$1 ${SCRUBBED}` },
  { what: "authorization", pattern: AUTHORIZATION, by: `$1${SCRUBBED}` },
  { what: "url_password", pattern: URL_PASSWORD, by: `://$1:${SCRUBBED}@` },
  { what: "password", pattern: KEYED_PASSWORD, by: `$1=${SCRUBBED}` },
  { what: "token", pattern: TAGGED, by: SCRUBBED },
  { what: "token", pattern: DIRECTORY_SECRET, by: SCRUBBED },
  { what: "keyed_token", pattern: KEYED_TOKEN, by: `$1${SCRUBBED}` },
  { what: "keyed_json", pattern: KEYED_JSON, by: `$1${SCRUBBED}` },
] as const;

/** Where a run of letters begins to be a token; -1 where it is none. */
function tokenIn(run: string): number {
  let from = -1;
  for (const head of TOKEN_HEADS) {
    const at = run.indexOf(head);
    if (at === -1 || run.length - at < head.length + 20) continue;
    if (head === "eyJ" && run.indexOf(".", at) === -1) continue;
    if (head === "v2." && !/^v2\.[0-9a-f-]{36}\./.test(run.slice(at, at + 40))) continue;
    if (from === -1 || at < from) from = at;
  }
  return from;
}

function scrubRun(run: string): string {
  const from = tokenIn(run);
  return from === -1 ? run : run.slice(0, from) + SCRUBBED;
}

const hasTokenHead = (text: string): boolean => TOKEN_HEADS.some((head) => text.includes(head));

export interface SecretShape {
  readonly what: "run" | (typeof SHAPES)[number]["what"];
  /** UTF-16 offsets of the secret itself, without the name that stands before it. */
  readonly start: number;
  readonly end: number;
}

/** What a scrubber would take out of the text, and where it stands. Some of it may overlap. */
export function secretShapes(text: string): readonly SecretShape[] {
  const found: SecretShape[] = [];
  if (hasTokenHead(text))
    for (const { 0: run, index } of text.matchAll(RUN)) {
      const from = tokenIn(run);
      if (from !== -1) found.push({ what: "run", start: index + from, end: index + run.length });
    }
  for (const { what, pattern } of SHAPES)
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.["secret"] ?? match[0];
      const start = match.index + match[0].lastIndexOf(secret);
      found.push({ what, start, end: start + secret.length });
    }
  return found;
}

/** A secret as it may stand in a line: plain, inside a JSON string, inside a URL. */
function spellings(secret: string): readonly string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])];
}

/** `known`: values of this process that must never be written, whatever they look like. Short ones are ignored. */
export function createScrubber(known: readonly string[]): (line: string) => string {
  const exact = known
    .flatMap(spellings)
    .filter((text) => text.length >= 8)
    .sort((a, b) => b.length - a.length);
  return (line) => {
    let out = line;
    for (const secret of exact) if (out.includes(secret)) out = out.replaceAll(secret, SCRUBBED);
    // Most lines have none, and looking for runs costs more than all the rest.
    if (hasTokenHead(out)) out = out.replace(RUN, scrubRun);
    for (const { pattern, by } of SHAPES) out = out.replace(pattern, by);
    return out;
  };
}

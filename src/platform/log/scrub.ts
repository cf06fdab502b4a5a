// The last stage before a line is written: secrets are found by what they look like, not by where they stand
// (tenancy.md, finding 12: path lists leaked in seven of nine shapes). Every pattern is linear in the input: a line
// is written by people we do not know, and must not stop the process (L12).

export const SCRUBBED = "[scrubbed]";

/** GitHub's tokens since April 2026 are `ghs_<app>_<JWT>`: long, with dots. Older and shorter ones match too. */
const TOKEN_HEADS = ["ghs_", "ghp_", "gho_", "ghu_", "ghr_", "github_pat_", "csk_", "cso_", "v2.", "eyJ"] as const;
/** Bounded: a run of several megabytes, which a stranger may send us, would exhaust the expression's stack. */
const RUN = /[A-Za-z0-9._~+/=-]{24,1048576}/g;
const PEM = /-----BEGIN [A-Z0-9 ]{1,40}-----[^]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g;
const BEARER = /\b(bearer|basic)\s{1,8}[A-Za-z0-9._~+/=-]{8,}/gi;
const AUTHORIZATION = /\b(authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?)(?:token\s{1,8})?[A-Za-z0-9._~+/=-]{8,}/gi;
const URL_PASSWORD = /:\/\/([^\s:@/"'\\]{0,128}):([^\s@/"']{1,512})@/g;
const KEYED_PASSWORD = /\b(password|passwd|pwd|secret)=([^\s&"'\\]{1,512})/gi;

function scrubRun(run: string): string {
  let from = -1;
  for (const head of TOKEN_HEADS) {
    const at = run.indexOf(head);
    if (at === -1 || run.length - at < head.length + 20) continue;
    if (head === "eyJ" && run.indexOf(".", at) === -1) continue;
    if (head === "v2." && !/^v2\.[0-9a-f-]{36}\./.test(run.slice(at, at + 40))) continue;
    if (from === -1 || at < from) from = at;
  }
  return from === -1 ? run : run.slice(0, from) + SCRUBBED;
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
    return out
      .replace(PEM, SCRUBBED)
      .replace(BEARER, `$1 ${SCRUBBED}`)
      .replace(AUTHORIZATION, `$1${SCRUBBED}`)
      .replace(URL_PASSWORD, `://$1:${SCRUBBED}@`)
      .replace(KEYED_PASSWORD, `$1=${SCRUBBED}`)
      .replace(RUN, scrubRun);
  };
}

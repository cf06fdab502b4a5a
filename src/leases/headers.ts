// Which headers cross the proxy. Both lists are of what passes: hop-by-hop fields, cookies, other credentials, method overrides and
// whatever is invented next are not on them.

type Fields = Readonly<Record<string, string>>;
/** As node:http has them: lower-case names. */
type Incoming = Readonly<Record<string, string | readonly string[] | undefined>>;

const TO_UPSTREAM = [
  "accept",
  "accept-language",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-type",
  "git-protocol",
  "if-modified-since",
  "if-none-match",
  "pragma",
  "user-agent",
  "x-github-api-version",
];

const TO_CALLER = [
  "cache-control",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "etag",
  "expires",
  "last-modified",
  "pragma",
  "retry-after",
  "vary",
  "x-github-media-type",
  "x-github-request-id",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-ratelimit-resource",
  "x-ratelimit-used",
];

function passing(names: readonly string[], given: Incoming): Fields {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = given[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

/** Uncompressed, so that what an answer repeats can be seen. */
export const headersToUpstream = (given: Incoming): Fields => ({
  ...passing(TO_UPSTREAM, given),
  "accept-encoding": "identity",
});

/** `secrets`: the credential as it is written. `bases`: the upstream's addresses and what stands for each of them here. */
export function headersToCaller(
  given: Incoming,
  secrets: readonly string[],
  bases: readonly (readonly [theirs: string, ours: string])[],
): Fields {
  const link = given["link"];
  const links = typeof link === "string" ? { link: translated(link, bases) } : {};
  return Object.fromEntries(
    Object.entries({ ...passing(TO_CALLER, given), ...links }).filter(([, value]) => !repeats(value, secrets)),
  );
}

const repeats = (text: string, secrets: readonly string[]): boolean => secrets.some((secret) => text.includes(secret));

const translated = (text: string, bases: readonly (readonly [string, string])[]): string =>
  bases.reduce((so, [theirs, ours]) => so.replaceAll(`${theirs}/`, `${ours}/`), text);

/** Where an answer sends its reader, as an address of ours. null: somewhere else, where nothing of a lease goes. */
export function locationForCaller(
  location: string,
  secrets: readonly string[],
  bases: readonly (readonly [theirs: string, ours: string])[],
): string | null {
  if (repeats(location, secrets)) return null;
  for (const [theirs, ours] of bases)
    if (location.startsWith(`${theirs}/`)) return `${ours}${location.slice(theirs.length)}`;
  return null;
}

// Which addresses a receiver may have. The attacker: whoever may name a webhook's URL, and would have us ask our own network, or the
// cloud's metadata service, in his place.

import ipaddr from "ipaddr.js";

/** INVARIANT: closed by default. Only what is publicly routed unicast; no form of IPv6 in which an IPv4 address hides. */
export function isPublic(address: string): boolean {
  // An older notation (`1.2.3`, `0x7f.1`) is read in more than one way.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  // `range()` gives a name to what is special: private, loopback, linkLocal, uniqueLocal, ipv4Mapped, 6to4, teredo, rfc6052 and others.
  if (parsed.range() !== "unicast") return false;
  // Of IPv6 only 2000::/3 is given out to anybody.
  return parsed.kind() === "ipv4" || /^[23][0-9a-f]{3}:/.test(parsed.toNormalizedString());
}

export const isLoopback = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";

export type UrlRuling =
  | { readonly kind: "url"; readonly url: URL }
  | { readonly kind: "refused"; readonly why: string };

/** `loopback`: for the demo and tests alone; then http, too. */
export function receiverUrl(text: string, loopback: boolean): UrlRuling {
  const url = text.length <= 2_000 && URL.canParse(text) ? new URL(text) : null;
  if (url === null) return refused("That is no URL. It is one such as https://hooks.example.com/countersign.");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const here = host === "localhost" || isLoopback(host);
  if (url.protocol !== "https:" && !(loopback && here && url.protocol === "http:"))
    return refused("A receiver is reached over https.");
  if (url.username !== "" || url.password !== "") return refused("A receiver's URL holds no name and no password.");
  if (ipaddr.isValid(host) && !isPublic(host) && !(loopback && here))
    return refused("A receiver is on the public internet: this address is private, local or reserved.");
  if (
    !ipaddr.isValid(host) &&
    (!host.includes(".") || /\.(?:local|localhost|internal|home\.arpa)\.?$/.test(host)) &&
    !(loopback && here)
  )
    return refused("A receiver's name is one of the public internet.");
  url.hash = "";
  return { kind: "url", url };
}

const refused = (why: string): UrlRuling => ({ kind: "refused", why });

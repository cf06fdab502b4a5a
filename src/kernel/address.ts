// Which addresses somebody else may have us reach. The attacker: whoever names a host, in a webhook's URL or in a redirect, and would have
// us ask our own network, or the cloud's metadata service, in his place.

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

export const isAddress = (host: string): boolean => ipaddr.isValid(host);

export const isLoopback = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";

// Which URL a receiver may have, when it is named. The attacker: whoever may name a webhook's, and would have us ask our own network, or the
// cloud's metadata service, in his place. Its name is judged again, by its addresses, before each connection.

import { isAddress, isLoopback, isPublic } from "#kernel";

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
  if (isAddress(host) && !isPublic(host) && !(loopback && here))
    return refused("A receiver is on the public internet: this address is private, local or reserved.");
  if (
    !isAddress(host) &&
    (!host.includes(".") || /(?:^|\.)(?:local|localhost|internal|home\.arpa)\.?$/.test(host)) &&
    !(loopback && here)
  )
    return refused("A receiver's name is one of the public internet.");
  url.hash = "";
  return { kind: "url", url };
}

const refused = (why: string): UrlRuling => ({ kind: "refused", why });

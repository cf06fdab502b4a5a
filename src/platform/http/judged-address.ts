// Where a connection goes that somebody else named. The name is resolved here, every address of it is judged, and the connection goes to an
// address that was judged (the next one, where the first does not answer) and to no other: a name that answers differently the second time reaches nothing.

import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { isLoopback, isPublic } from "#kernel";

interface Address {
  readonly address: string;
  readonly family: number;
}
/** All of them judged. */
export type Judged = readonly [Address, ...Address[]];
export type Resolve = (host: string) => Promise<readonly Address[]>;

export interface Judging {
  /** For the demo and tests alone: this machine's own addresses are let through, too. */
  readonly loopback: boolean;
  readonly resolve?: Resolve;
}

const everyAddress: Resolve = (host) => lookup(host, { all: true, order: "verbatim" });

/** `private`: it leads, among others, to an address that is not on the public internet. `none`: it leads nowhere. */
export async function judgedAddress(
  { hostname }: URL,
  { loopback, resolve = everyAddress }: Judging,
): Promise<Judged | "private" | "none"> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const found = isIP(host) === 0 ? await resolve(host).catch(() => []) : [{ address: host, family: isIP(host) }];
  const [first, ...others] = found;
  if (first === undefined) return "none";
  // INVARIANT: one bad address among good ones is enough: which of them a resolver gives first is its owner's choice.
  return found.every(({ address }) => isPublic(address) || (loopback && isLoopback(address)))
    ? [first, ...others]
    : "private";
}

/** For `node:http`: no second lookup. */
export const onlyTo =
  (to: Judged): LookupFunction =>
  (_, options, done) => {
    if (options.all === true)
      done(
        null,
        to.map((each) => ({ ...each })),
      );
    else done(null, to[0].address, to[0].family);
  };

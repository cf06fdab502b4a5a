import type { Facts } from "../facts.ts";

/** A message that an agent wants to send, with what is known of its ticket. */
export interface Mail {
  /** Everybody who would get it: to, cc and bcc. */
  readonly to: readonly string[];
  /** The address of the ticket's own customer. */
  readonly customer: string;
  readonly shipped: boolean;
}

/** INVARIANT: nobody but the one address that is known, written in the one plain way. */
export const readMail = ({ to, customer, shipped }: Mail): Facts["mail"] => ({
  recipients:
    to.length > 0 && PLAIN.test(customer) && to.every((address) => same(address, customer)) ? "customer" : "other",
  shipped,
});

/** No name before it, no list, no comment, no line end: what a mail program could take for a second recipient. */
const PLAIN = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;
const same = (a: string, b: string): boolean => PLAIN.test(a) && a.toLowerCase() === b.toLowerCase();

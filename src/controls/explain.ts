// Explain mode: there is nothing there that could execute (X10, invariant 10).

/**
 * What the gateway executes with. In explain mode there are no ports: not a switch that somebody may forget to ask, but nothing to call.
 */
export type Hands<Ports> = { readonly kind: "explain"; readonly why: "environment" | "call" } | LiveHands<Ports>;

export interface LiveHands<Ports> {
  readonly kind: "live";
  readonly ports: Ports;
}

/** `make` is not called in explain mode: executor, lease client and senders are never constructed in that process. */
export function handsOf<Ports>(explain: boolean, make: () => Ports): Hands<Ports> {
  return explain ? { kind: "explain", why: "environment" } : { kind: "live", ports: make() };
}

/** One call that asked for an explanation has no hands, whatever its process has. */
export function handsFor<Ports>(hands: Hands<Ports>, explain: boolean): Hands<Ports> {
  return explain && hands.kind === "live" ? { kind: "explain", why: "call" } : hands;
}

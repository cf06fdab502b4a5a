import type { LeaseClient, LeaseRequest } from "#leases";
import type { Lent } from "./select.ts";

/** A query is ended well before; discovery and its checks need the rest. */
const SECONDS = 60;

/**
 * Connections through the lease broker: asked for with an intent in its log, redeemed once, and over with the query.
 * INVARIANT: a broker that does not answer is no connection, never the client's own without a lease.
 */
export const connectionsOnLease =
  (leases: Pick<LeaseClient, "ask" | "redeem" | "finish">, whose: Pick<LeaseRequest, "tenant" | "run" | "purpose">) =>
  async (name: string): Promise<Lent> => {
    const asked = await leases.ask({ ...whose, scope: { kind: "database", name }, seconds: SECONDS });
    if (asked.kind === "refused") return { kind: "no_connection", why: asked.why };
    const holder = { tenant: whose.tenant, run: whose.run, handle: asked.handle };
    // Not waited for by more than its own time: what is not confirmed, the broker goes on ending.
    const end = async (): Promise<void> => void (await leases.finish(holder).catch(() => null));
    try {
      const redeemed = await leases.redeem(holder);
      if (redeemed.kind === "credential" && redeemed.credential.kind === "connection")
        return { kind: "lent", connection: { url: redeemed.credential.url }, end };
    } catch (error) {
      await end();
      throw error;
    }
    await end();
    return { kind: "no_connection", why: "The lease was over before it was used. Ask again." };
  };

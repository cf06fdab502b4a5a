// The lease broker: the only process that holds what it minted. Others get handles.

import { Fault, instantOfMillis, type Instant, type LeaseId, type Millis, type TenantId } from "#kernel";
import { hasEnded, type Because } from "../decide.ts";
import { limits } from "../limits.ts";
import { whyRefused } from "../request.ts";
import { remaining, type Moment } from "../time.ts";
import type {
  Asked,
  Finished,
  Holder,
  LeaseProviders,
  LeaseRequest,
  LiveLeases,
  OpenLease,
  Redeemed,
  RevokedAll,
} from "../types.ts";
import { beginEnding, concludeEnd, revokeNow, type EndingParts } from "./ending.ts";
import { handleDigest, makeHandle } from "./handle.ts";
import { advance, factsOf, isOver, isTold, newLease, tell, type Lease } from "./lease.ts";
import type { BrokerClock, BrokerEvents } from "./parts.ts";
import type { LeaseRecord } from "./record.ts";
import { concludeStrays, recoverLeases } from "./recover.ts";
import type { LeaseSpool } from "./spool.ts";

export interface LeaseBrokerParts {
  readonly record: LeaseRecord;
  readonly spool: LeaseSpool;
  readonly providers: LeaseProviders;
  readonly clock: BrokerClock;
  readonly events: BrokerEvents;
  /** Where a handle is a bearer; null: there is no proxy. */
  readonly proxy: () => string | null;
}

export interface LeaseBroker extends LiveLeases {
  ask(request: LeaseRequest): Promise<Asked>;
  finish(holder: Holder): Promise<Finished>;
  redeem(holder: Holder): Promise<Redeemed>;
  revokeAll(whose: { readonly tenant: TenantId; readonly run?: string }, because?: Because): Promise<RevokedAll>;
  open(tenant: TenantId): readonly OpenLease[];
  /** Every second: what is over ends, whose client was stopped ends, what could not be told is told. */
  sweep(): Promise<void>;
  /** Before the first question: what an earlier process left is revoked. */
  recover(): Promise<void>;
  /** Revokes what lives, as far as its providers answer. */
  close(): Promise<void>;
}

const refused = (why: string): Asked => ({ kind: "refused", why });
const TAKES_TOO_LONG = "The provider takes too long. Whatever it still gives is revoked, and handed to nobody.";
const UNHELD =
  "It is not known whether a credential was made. Nobody holds it; its provider ends it by itself, GitHub within the hour.";

export function createLeaseBroker(parts: LeaseBrokerParts): LeaseBroker {
  const { record, spool, providers, clock } = parts;
  const leases = new Set<Lease>();
  const byHandle = new Map<string, Lease>();
  const ending: EndingParts = parts;
  let closing = false;
  let lookedAtMs = clock.monotonic();

  const now = (): Moment => ({ monotonicMs: clock.monotonic(), wall: clock.wall() });
  const left = (lease: Lease): Millis => remaining(lease.begun, lease.request.seconds, now());
  const live = (lease: Lease): boolean => lease.standing.state === "active" && lease.handle !== null && left(lease) > 0;

  function end(lease: Lease, because: Because): Promise<void> {
    if (lease.handle !== null) byHandle.delete(lease.handle);
    return beginEnding(ending, lease, because);
  }

  function heldBy(handle: string): Lease | undefined {
    const digest = handleDigest(handle);
    return digest === null ? undefined : byHandle.get(digest);
  }

  function found({ tenant, run, handle }: Holder): Lease | null {
    const lease = heldBy(handle);
    // INVARIANT: a handle is one run's of one tenant; beside another it is nothing, and stays good for its own.
    return lease !== undefined && lease.request.tenant === tenant && lease.request.run === run ? lease : null;
  }

  async function mint(lease: Lease): Promise<Asked> {
    const { request } = lease;
    const provider = providers[request.scope.kind];
    if (provider === null) {
      const why = `This broker has nobody who makes credentials of the kind ${request.scope.kind}. \`countersign doctor\` says what is missing.`;
      await record.refuse(request, why);
      return refused(why);
    }
    const begun = await record.begin(request);
    if (begun.kind === "refused") return begun;
    lease.row = begun;
    advance(lease, { kind: "begin" });
    if (lease.standing.state === "refused") return conclude(lease, "Its client was stopped meanwhile.");
    const minting = await provider.mint(request).catch(() => null);
    if (minting === null) {
      advance(lease, { kind: "unheld" });
      return conclude(lease, UNHELD);
    }
    if (minting.kind === "refused") {
      advance(lease, { kind: "refuse" });
      return conclude(lease, minting.why);
    }
    lease.minted = minting.minted;
    lease.deadBy = minting.minted.endsAt;
    return handOut(lease, begun.lease, begun.expiresAt);
  }

  async function handOut(lease: Lease, id: LeaseId, expiresAt: Instant): Promise<Asked> {
    const { request, minted } = lease;
    if (minted === null) throw new Fault("invariant_broken", "There is nothing to hand out.");
    // INVARIANT: on the disk before anybody can use it, so that whoever comes after a kill -9 can revoke it.
    const kept = await spool.put({ lease: id, request, minted }).then(
      () => true,
      (error: unknown) => {
        parts.events.onFault(error);
        return false;
      },
    );
    const handle = makeHandle();
    const digest = handleDigest(handle);
    if (kept) lease.spooled = id;
    if (!kept) await end(lease, "broken");
    else if (left(lease) <= 0) await end(lease, "timeout");
    const effects = advance(lease, { kind: "minted" });
    if (effects.includes("revoke") || digest === null) {
      await revokeNow(ending, lease);
      return refused("It ended before it could be given out, and is being revoked.");
    }
    lease.handle = digest;
    try {
      await tell(record, lease);
    } catch (error) {
      parts.events.onFault(error);
      await end(lease, "broken");
      return refused("The log or the database did not take it, so it is being revoked. Ask again.");
    }
    // While that was written its client may have been stopped, or its time have run out.
    if (!live(lease)) {
      await end(lease, "timeout");
      return refused("It ended before it could be given out, and is being revoked.");
    }
    byHandle.set(digest, lease);
    const proxy = request.scope.kind === "github" ? parts.proxy() : null;
    return { kind: "leased", lease: id, handle, expiresAt, proxy };
  }

  async function conclude(lease: Lease, why: string): Promise<Asked> {
    lease.note = why.slice(0, 500);
    await concludeEnd(ending, lease);
    return refused(why);
  }

  async function stopInactive(): Promise<void> {
    const held = [...leases].filter(({ standing }) => !hasEnded(standing.state) && standing.because === null);
    const tenants = [...new Set(held.map(({ request }) => request.tenant))];
    if (tenants.length === 0) return;
    const inactive = new Set(await record.inactive(tenants));
    await Promise.all(held.filter(({ request }) => inactive.has(request.tenant)).map((lease) => end(lease, "killed")));
  }

  /** Rows that an answer of the database's which never arrived has left behind. */
  async function concludeOverdue(): Promise<void> {
    if (clock.monotonic() - lookedAtMs < limits.straysMs) return;
    lookedAtMs = clock.monotonic();
    const known = new Set([...leases].map(({ row }) => row?.lease));
    const strays = (await record.unfinished("overdue")).filter(({ facts }) => !known.has(facts.lease));
    await concludeStrays(ending, strays, (lease) => leases.add(lease), now());
  }

  /** What earlier steps could not finish. */
  async function finishOne(lease: Lease): Promise<void> {
    if (lease.ending !== null || lease.standing.state === "minting" || lease.standing.state === "requested") return;
    // By both clocks: one that is set forward declares nothing dead that lives.
    const since = lease.begun.wall + clock.monotonic() - lease.begun.monotonicMs;
    const dead = lease.deadBy !== null && lease.deadBy <= Math.min(clock.wall(), since);
    if (dead && lease.standing.state === "irrevocable") advance(lease, { kind: "died" });
    if (hasEnded(lease.standing.state)) await concludeEnd(ending, lease);
    else if (lease.standing.state === "revoking") await revokeNow(ending, lease);
    else if (lease.standing.state !== "irrevocable") await tell(record, lease);
    else if (clock.monotonic() - lease.triedAtMs >= limits.irrevocableAgainMs) await end(lease, "timeout");
    else await tell(record, lease);
  }

  function drop(): void {
    for (const lease of leases) if (isOver(lease) && lease.minted === null) leases.delete(lease);
  }

  return {
    async ask(request) {
      const why = closing ? "The broker is ending. Ask again in a moment." : whyRefused(request);
      if (why !== null || leases.size >= limits.open) {
        const said = why ?? `There are ${limits.open} leases already. Finish some first.`;
        await record.refuse(request, said);
        return refused(said);
      }
      const lease = newLease(request, now());
      // In the table before anything is asked of anybody: whoever stops a client meanwhile finds it here.
      leases.add(lease);
      let answered = false;
      const answer = mint(lease).finally(() => {
        answered = true;
        // Without a row nothing was made.
        if (lease.row === null) leases.delete(lease);
        drop();
      });
      const late = clock.pause(limits.mintMs).then(async (): Promise<Asked> => {
        if (!answered) await end(lease, "timeout");
        return refused(TAKES_TOO_LONG);
      });
      return Promise.race([answer, late]);
    },
    async finish(holder) {
      const lease = found(holder);
      if (lease === null) return { kind: "unknown" };
      await end(lease, "finished");
      const { state } = lease.standing;
      drop();
      return { kind: hasEnded(state) ? "revoked" : "revoking" };
    },
    async redeem(holder) {
      const lease = found(holder);
      // Never GitHub's: what a proxy can carry, nobody else has to hold.
      if (lease === null || !live(lease) || lease.request.scope.kind === "github" || lease.row === null)
        return { kind: "dead" };
      await record.redeem(factsOf(lease, lease.row));
      const time = left(lease);
      return live(lease) && lease.minted !== null
        ? { kind: "credential", credential: lease.minted.credential, remaining: time }
        : { kind: "dead" };
    },
    use(handle) {
      const lease = heldBy(handle);
      if (lease === undefined || !live(lease) || lease.minted === null || lease.row === null) return { kind: "dead" };
      const { request, minted, row } = lease;
      return { kind: "live", lease: row.lease, request, minted, remaining: left(lease) };
    },
    async revokeAll({ tenant, run }, because = "killed") {
      const theirs = [...leases].filter(
        ({ request }) => request.tenant === tenant && (run === undefined || request.run === run),
      );
      await Promise.all(theirs.map((lease) => end(lease, because)));
      const pending = theirs.filter(({ standing }) => !hasEnded(standing.state)).length;
      drop();
      return { revoked: theirs.length - pending, pending };
    },
    open: (tenant) =>
      [...leases].flatMap(({ request, row, standing, begun }): readonly OpenLease[] => {
        if (request.tenant !== tenant || row === null || hasEnded(standing.state)) return [];
        const { run, purpose, scope, seconds } = request;
        const expiresAt = row.expiresAt ?? instantOfMillis(begun.wall + seconds * 1_000);
        return [
          {
            lease: row.lease,
            tenant,
            run,
            purpose,
            kind: scope.kind,
            state: standing.state,
            requestedAt: begun.wall,
            expiresAt,
          },
        ];
      }),
    async sweep() {
      const due = [...leases].filter((lease) => lease.standing.state === "active" && left(lease) <= 0);
      // Not waited for: a provider that hangs must not keep the next second's leases alive.
      for (const lease of due) void end(lease, "timeout").then(drop);
      await stopInactive().catch(parts.events.onFault);
      for (const lease of leases)
        if (!isTold(lease) || lease.minted !== null) await finishOne(lease).catch(parts.events.onFault);
      await concludeOverdue().catch(parts.events.onFault);
      drop();
    },
    recover: () => recoverLeases({ ...ending, spool }, (lease) => leases.add(lease), now()),
    async close() {
      closing = true;
      await Promise.all([...leases].map((lease) => end(lease, "restarted")));
      drop();
    },
  };
}

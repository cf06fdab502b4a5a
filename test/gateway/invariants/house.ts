// Gateway and doer as one system that a random trace is played on: processes that die between two steps, a database that is away, people
// who change their minds, packets that come twice. Everything that happens is an event, in one order.

import type { SignedPacket, DoerOutcome } from "#gateway";
import type { GatewayDeps, Step } from "#gateway/io";
import { Fault, type CallId } from "#kernel";
import { readOutcome } from "../../../src/gateway/io/dispatch/outcome.ts";
import type { Lab } from "../../doer/support/lab.ts";
import type { Bench } from "../../../src/doer/work.ts";
import type { TestDatabase, TestTenant } from "../../support/database.ts";
import { calmWorld, some, stageOf, type Stage, type World } from "../support/stage.ts";

export type Happened =
  | { readonly kind: "asked"; readonly key: string; readonly explain: boolean }
  | { readonly kind: "killed" }
  | { readonly kind: "started again" }
  | { readonly kind: "approved"; readonly approval: string }
  | { readonly kind: "denied"; readonly approval: string }
  | {
      readonly kind: "executed";
      readonly call: string;
      readonly argsHash: string;
      readonly args: unknown;
      readonly tool: string;
      readonly approval: string | null;
      readonly headSha: string | null;
      readonly headNow: string;
      readonly whileKilled: boolean;
    }
  | { readonly kind: "crashed"; readonly at: Step };

export interface House {
  readonly happened: Happened[];
  readonly world: World;
  readonly packets: SignedPacket[];
  stage(): Stage;
  /** The process dies at this step of the next call; another one takes its place. */
  /** null: nothing more dies. */
  crashAt(step: Step | null): void;
  databaseAway(away: boolean): void;
  hand(signed: SignedPacket): Promise<void>;
  /** Everything that waited for time to pass finds that it has. */
  age(): Promise<void>;
}

export function openHouse(t: TestDatabase, tenant: TestTenant, lab: Lab, agent: number, clientsDir: string): House {
  const happened: Happened[] = [];
  const packets: SignedPacket[] = [];
  const world = calmWorld();
  const process: { away: boolean; crash: Step | null } = { away: false, crash: null };
  const live: { stage: Stage | null } = { stage: null };
  const doer = lab.doer({
    killed: () => (world.killed === null ? null : "Stopped by a person."),
    tools: Object.fromEntries(
      (["repo.read", "repo.propose", "pr.comment", "pr.merge"] as const).map((tool) => [
        tool,
        async ({ packet }: Pick<Bench, "packet">) => {
          happened.push({
            kind: "executed",
            call: packet.call,
            argsHash: packet.argsHash,
            args: packet.args,
            tool: packet.tool,
            approval: packet.approval,
            headSha: packet.headSha,
            headNow: world.head,
            whileKilled: world.killed !== null,
          });
          return { kind: "done", result: { ok: true }, summary: "Done." } as const;
        },
      ]),
    ),
    approval: async (_, packet) => {
      const { approval } = packet;
      const standing =
        approval === null
          ? null
          : await live.stage?.inTenant((tx) => some(live.stage).approvals.standing(tx, approval));
      return standing?.kind === "approved"
        ? { kind: "stands", digest: standing.digest }
        : { kind: "does not stand", why: "Nobody has said yes to it." };
    },
  });

  const down = (): never => {
    throw new Fault("database_unavailable", "The database is away.");
  };
  const open = (): Stage => {
    const own = process;
    const mine = { dead: false };
    const database: GatewayDeps["database"] = {
      withTenant: (claim, fn) => (mine.dead || own.away ? Promise.resolve().then(down) : t.db.withTenant(claim, fn)),
      atOnce: (claim, fn) => (mine.dead || own.away ? Promise.resolve().then(down) : t.db.atOnce(claim, fn)),
      claimFor: (id) => (mine.dead || own.away ? Promise.resolve().then(down) : t.db.claimFor(id)),
    };
    const made = stageOf(t, tenant, {
      world,
      agent,
      clientsDir,
      deps: {
        database,
        crash: (step) => {
          if (own.crash !== step) return;
          own.crash = null;
          mine.dead = true;
          happened.push({ kind: "crashed", at: step });
          // The next one begins with an empty memory.
          live.stage = open();
          throw new Fault("invariant_broken", `The process died at ${step}.`);
        },
      },
    });
    return withDoer(made, mine);
  };

  async function hand(signed: SignedPacket): Promise<void> {
    await lab.hand(doer, tenant, signed);
  }

  /** The doer is at the end of the wire. */
  function withDoer(made: Stage, mine: { readonly dead: boolean }): Stage {
    if (made.deps.hands.kind !== "live") return made;
    const { dispatch } = made.deps.hands.ports;
    Object.assign(dispatch, {
      send: async (signed: SignedPacket) => {
        packets.push(signed);
        if (!mine.dead) await hand(signed);
      },
      outcome: (_: unknown, call: CallId): Promise<DoerOutcome | null> =>
        t.db.withTenant(tenant.claim, (tx) => readOutcome(t.keys, tx, call)),
    });
    return made;
  }

  live.stage = open();
  return {
    happened,
    world,
    packets,
    stage: () => live.stage ?? open(),
    crashAt: (step) => void (process.crash = step),
    databaseAway: (away) => void (process.away = away),
    hand,
    async age() {
      world.monotonicMs += 61 * 60_000;
      await t.adminSql("update gateway.call set moved_at = moved_at - interval '1 hour' where state <> 'ended'");
    },
  };
}

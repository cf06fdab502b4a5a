// Gateway, doers, broker and log as one system that a random trace is played on: two tenants, processes that die between two steps, ports
// that break, people who change their minds, clocks that are set.

import { covers, type Killed, type Scope, type Where } from "#controls";
import type { Answer, Asked, Packet } from "#gateway";
import { createGateway, gatewayHandlers, planAgain, sweepCalls, type GatewayDeps, type Step } from "#gateway/io";
import { Fault, instantOfMillis, type ApprovalId, type CallId, type PersonId } from "#kernel";
import { readPacket } from "#gateway";
import type { LeaseBroker } from "#leases/io";
import { createTracing } from "#platform/telemetry";
import { check, type Parser } from "#sqlguard/io";
import { readOutcome } from "../../../src/gateway/io/dispatch/outcome.ts";
import type { Lab } from "../../doer/support/lab.ts";
import type { TestDatabase } from "../../support/database.ts";
import { calmWorld, some, stageOf, type Stage, type World } from "../support/stage.ts";
import type { Clock } from "./clock.ts";
import { createFaults, type Faults } from "./faults.ts";
import { openHands, type Hands, type Sent, type Told } from "./hands.ts";
import type { Happened, Volume } from "./happened.ts";
import type { Side } from "./side.ts";
import type { Wire } from "./wire.ts";

export interface HouseParts {
  readonly t: TestDatabase;
  readonly lab: Lab;
  readonly broker: LeaseBroker;
  readonly parser: Parser;
  readonly clock: Clock;
  readonly clientsDir: string;
  readonly sides: readonly [Side, Side];
}

/** One process of the gateway, for both tenants. */
interface Process {
  readonly deps: GatewayDeps;
  readonly approvals: Stage["approvals"];
  readonly gateway: ReturnType<typeof createGateway>;
  resume(side: Side, call: CallId): Promise<void>;
}

export interface House extends HouseParts {
  readonly happened: Happened[];
  readonly world: World;
  readonly faults: Faults;
  readonly hands: Hands;
  readonly sent: readonly Sent[];
  /** The approvals that were asked for. */
  readonly requests: readonly { readonly side: Side; readonly approval: ApprovalId }[];
  tell(told: Told): void;
  process(): Process;
  /** The gateway's process dies at this step of the next call; another one takes its place. null: nothing more dies. */
  dieAt(step: Step | null): void;
  onTheWay(does: Wire | null): void;
  midway(act: (() => Promise<void>) | null): void;
  kill(scope: Scope): void;
  arm(): void;
  isStopped(): boolean;
  ask(side: Side, asked: Asked, volume: Volume): Promise<Answer>;
  say(side: Side, approval: ApprovalId, yes: boolean, by: PersonId, looked: boolean): Promise<string>;
  sweep(): Promise<void>;
}

export function openHouse(parts: HouseParts): House {
  const { t, clock, sides, parser } = parts;
  const [first] = sides;
  const happened: Happened[] = [];
  const tell = (told: Told): void => void happened.push({ ...told, at: clock.monotonic() });
  const world = calmWorld();
  const faults = createFaults((port) => tell({ kind: "broke", port }));
  const sent: Sent[] = [];
  const requests: { side: Side; approval: ApprovalId }[] = [];
  const killed: Scope[] = [];
  const subscribers = new Set<(scope: Scope) => void>();
  const next: { die: Step | null; wire: Wire | null; midway: (() => Promise<void>) | null; during: number | null } = {
    die: null,
    wire: null,
    midway: null,
    during: null,
  };
  let questions = 0;

  const sideOf = (tenant: string): Side => some(sides.find((side) => side.tenant.id === tenant));
  const look = (where: Where): Killed | null => {
    const scope = killed.find((each) => covers(each, where));
    if (scope !== undefined) return { scope, reason: "Stopped by a person.", since: instantOfMillis(0) };
    return faults.strike("switch") === null
      ? null
      : { scope: { kind: "platform" }, reason: "The switch cannot be read.", since: null };
  };
  const whereOf = ({ tenant, agent, repository }: Packet): Where => ({
    tenant,
    agent,
    repository: repository?.id ?? null,
  });
  const onKill = (fn: (scope: Scope) => void) => {
    subscribers.add(fn);
    return () => void subscribers.delete(fn);
  };

  const hands = openHands({
    ...parts,
    faults,
    tell,
    sideOf,
    otherThan: (side) => sides[side.n === 0 ? 1 : 0],
    killed: (packet) => look(whereOf(packet))?.reason ?? null,
    stopped: (packet) => killed.some((scope) => covers(scope, whereOf(packet))),
    onKill: (packet, fn) => onKill((scope) => void (covers(scope, whereOf(packet)) && fn("Stopped by a person."))),
    head: () => world.head,
    during: () => next.during,
    midway: () => {
      const { midway } = next;
      next.midway = null;
      return midway;
    },
  });

  const dispatch = {
    send: async (signed: Sent["signed"]): Promise<void> => {
      const { tenant, call } = packetIn(signed);
      const one = { side: sideOf(tenant), signed, call, ahead: clock.ahead() };
      sent.push(one);
      const does = next.wire;
      next.wire = null;
      await hands.carry(one, does);
    },
    outcome: async (tenant: string, call: CallId, waitMs: number) => {
      const found = await t.db.withTenant(sideOf(tenant).tenant.claim, (tx) => readOutcome(t.keys, tx, call));
      // The doer has had its time: whoever waits any longer hears nothing more here.
      if (found === null && waitMs > 0) throw new Fault("broker_unavailable", "Nothing more was heard of the doer.");
      return found;
    },
  };

  function open(): Process {
    const mine = { dead: false };
    const alive = <T>(work: () => Promise<T>): Promise<T> =>
      mine.dead ? Promise.reject(new Fault("database_unavailable", "This process is dead.")) : work();
    const stage = stageOf(t, first.tenant, { world, clientsDir: parts.clientsDir });
    const calm = stage.deps;
    if (calm.hands.kind !== "live") throw new TypeError("a gateway without hands");
    const { signer } = calm.hands.ports;
    const deps: GatewayDeps = {
      ...calm,
      database: faults.of("database", {
        withTenant: (claim, fn) => alive(() => t.db.withTenant(claim, fn)),
        atOnce: (claim, fn) => alive(() => t.db.atOnce(claim, fn)),
        claimFor: (id) => alive(() => t.db.claimFor(id)),
      }),
      append: faults.from("log", calm.append),
      keys: faults.of("keys", calm.keys),
      killSwitch: { look, onKill },
      breaker: faults.of("breaker", calm.breaker),
      budgets: faults.of("budgets", calm.budgets),
      screening: faults.of("screening", calm.screening),
      policies: faults.of("rules", calm.policies),
      world: faults.of("github", {
        ...calm.world,
        repository: async (tx, name) => {
          const { repository } = sideOf(tx.tenantId);
          return repository.name === name ? repository : null;
        },
        sql: async (_, __, statement) => {
          const verdict = await check(parser, statement);
          return verdict.verdict === "allow"
            ? { verdict: "allow", kind: "select" }
            : { verdict: "deny", why: "It writes." };
        },
      }),
      approvals: faults.of("approvals", {
        ...calm.approvals,
        request: async (tx, asked) => {
          const made = await stage.approvals.request(tx, asked);
          const side = sideOf(tx.tenantId);
          requests.push({ side, approval: made.approval });
          tell({ kind: "requested", side: side.n, approval: made.approval });
          return made;
        },
      }),
      agentNow: faults.from("agents", async (tx) => sideOf(tx.tenantId).who),
      tracing: createTracing({
        sink: { ended: () => faults.now("trace export"), close: async () => {} },
      }),
      hands: {
        kind: "live",
        ports: {
          signer: faults.of("signer", signer),
          dispatch: {
            send: (signed) => {
              const { tenant, call } = packetIn(signed);
              tell({ kind: "signed", side: sideOf(tenant).n, call, during: next.during, signed });
              return faults.ask("line to the doer", () => alive(() => dispatch.send(signed)));
            },
            outcome: faults.from("line from the doer", dispatch.outcome),
          },
          endLeases: (tenant, run) =>
            faults
              .ask("end of leases", () => parts.broker.revokeAll({ tenant, run }))
              .then(
                () => {},
                () => {},
              ),
        },
      },
      onProblem: () => {},
      crash: (step) => {
        if (next.die !== step || mine.dead) return;
        next.die = null;
        mine.dead = true;
        tell({ kind: "died", who: "gateway", step });
        // The next one begins with an empty memory.
        process = open();
        throw new Fault("invariant_broken", `The process died at ${step}.`);
      },
    };
    const handlers = gatewayHandlers(deps);
    return {
      deps,
      approvals: stage.approvals,
      gateway: createGateway(deps),
      resume: (side, call) =>
        some(handlers["gateway.resume"])({ tenant: side.tenant.id, call }, new AbortController().signal),
    };
  }
  let process = open();

  return {
    ...parts,
    happened,
    world,
    faults,
    hands,
    sent,
    requests,
    tell,
    process: () => process,
    dieAt: (step) => void (next.die = step),
    onTheWay: (does) => void (next.wire = does),
    midway: (act) => void (next.midway = act),
    kill(scope) {
      killed.push(scope);
      tell({ kind: "killed", scope });
      for (const fn of subscribers) fn(scope);
    },
    arm() {
      killed.length = 0;
      tell({ kind: "armed" });
    },
    isStopped: () => killed.length > 0,
    async ask(side, asked, volume) {
      const n = (questions += 1);
      tell({ kind: "asked", side: side.n, n, asked, volume });
      next.during = n;
      const answer = await process.gateway.handle(side.who, asked, 10_000);
      next.during = null;
      tell({ kind: "answered", side: side.n, n, answer });
      return answer;
    },
    async say(side, approval, yes, by, looked) {
      const { claim } = side.tenant;
      if (looked && (await planAgain(process.deps, claim, approval)).kind !== "same") return "not the same any more";
      return t.db.withTenant(claim, async (tx) => {
        const asked = await process.approvals.read(tx, approval);
        if (asked === null) return "unknown";
        const decided = await process.approvals.decide(tx, {
          approval,
          digest: asked.digest,
          answer: yes ? "approve" : "reject",
          by: { person: by, session: "s", channel: "page" },
          stepUp: "proof",
          reason: "because",
          link: null,
          propose: false,
        });
        return decided.kind;
      });
    },
    async sweep() {
      for (const { tenant } of sides) await sweepCalls(process.deps, tenant.claim);
    },
  };
}

function packetIn({ bytes }: Sent["signed"]): Packet {
  const read = readPacket(bytes);
  if (read.kind !== "packet") throw new Fault("invariant_broken", read.why);
  return read.packet;
}

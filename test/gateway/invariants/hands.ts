// Who carries out in a trace: two doers as their processes have them, with real keys, the real record, the people's yes asked for anew, and
// leases of the real broker. The tool is the test's: it says that it was run, and tries its credential before, in the middle and afterwards.

import type { Packet, SignedPacket } from "#gateway";
import { furthest, type ToolWork } from "#doer";
import { approvalOf, type Doer } from "#doer/io";
import { instantOfMillis } from "#kernel";
import type { LeaseBroker } from "#leases/io";
import type { Lab } from "../../doer/support/lab.ts";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { Happened } from "./happened.ts";
import type { Side } from "./side.ts";
import { altered, type Wire } from "./wire.ts";

export const DOER_STEPS = ["verified", "consumed", "executed", "told"] as const;

export interface HandsParts {
  readonly lab: Lab;
  readonly broker: LeaseBroker;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly tell: (happened: Told) => void;
  readonly sideOf: (tenant: string) => Side;
  readonly otherThan: (side: Side) => Side;
  /** As the doer reads the switch, which may be unreadable. */
  readonly killed: (packet: Packet) => string | null;
  /** Whether a person has stopped it. */
  readonly stopped: (packet: Packet) => boolean;
  readonly onKill: (packet: Packet, fn: (why: string) => void) => () => void;
  readonly head: () => string;
  readonly during: () => number | null;
  /** Once: what happens while a tool runs. */
  readonly midway: () => (() => Promise<void>) | null;
}
type Without<T> = T extends unknown ? Omit<T, "at"> : never;
export type Told = Without<Happened>;

interface Held {
  readonly handle: string;
  readonly packet: Packet;
  readonly since: number;
}

export interface Sent {
  readonly side: Side;
  readonly signed: SignedPacket;
  readonly call: string;
  /** How far the wall clock was ahead then. */
  readonly ahead: number;
}

export interface Hands {
  /** Whatever becomes of it on its way. Never throws: who sends hears nothing of the doer. */
  carry(sent: Sent, does: Wire | null): Promise<void>;
  /** What doers that died have left is ended. */
  sweep(): Promise<void>;
  /** The process of the next execution dies there; another takes its place, and remembers nothing. */
  dieAt(step: string | null): void;
  /** Every credential that there ever was, tried once more. */
  tryAgain(): void;
}

export function openHands(parts: HandsParts): Hands {
  const { lab, broker, clock, faults, tell } = parts;
  const held: Held[] = [];
  let dying: string | null = null;
  // A packet says instants of when it was signed.
  let signedAhead = 0;

  function use({ handle, packet, since }: Held, over: boolean): void {
    const used = broker.use(handle);
    const repositories =
      used.kind === "live" && used.request.scope.kind === "github" ? used.request.scope.repositories : [];
    const { n } = parts.sideOf(packet.tenant);
    tell({ kind: "used", side: n, call: packet.call, since, live: used.kind === "live", over, repositories });
  }

  const work: ToolWork = async ({ packet, lease }) => {
    const side = parts.sideOf(packet.tenant);
    const { installation, id } = side.repository;
    const scope = { kind: "github", installation, repositories: [id], permissions: { contents: "read" } } as const;
    return lease(scope, async ({ handle }) => {
      const one = { handle, packet, since: clock.monotonic() };
      held.push(one);
      const stopped = parts.stopped(packet);
      tell({ kind: "executed", side: side.n, packet, headNow: parts.head(), stopped, during: parts.during() });
      use(one, false);
      await parts.midway()?.();
      // A tool that heeds nothing: its doer does not wait for it.
      if (parts.stopped(packet)) return new Promise<never>(() => {});
      use(one, false);
      return faults.ask("tool", async () => ({ kind: "done", result: { ok: true }, summary: "Done." }) as const);
    });
  };

  function doer(): Doer {
    const now = furthest();
    return lab.doer({
      database: faults.of("doer's database", lab.database),
      keys: faults.of("doer's keys", lab.keys),
      append: faults.from("doer's log", lab.append),
      leases: faults.of("lease broker", {
        ask: (request) => broker.ask(request),
        finish: (holder) => broker.finish(holder),
        revokeAll: (whose) => broker.revokeAll(whose),
      }),
      killed: parts.killed,
      onKill: parts.onKill,
      tools: Object.fromEntries(
        (["repo.read", "repo.propose", "pr.comment", "pr.merge", "shell.test", "sql.select"] as const).map((tool) => [
          tool,
          work,
        ]),
      ),
      approval: faults.from("doer's approvals", approvalOf),
      monotonicMs: () => clock.monotonic(),
      furthest: (database, monotonicMs) =>
        instantOfMillis(now(instantOfMillis(database + clock.ahead()), monotonicMs) - signedAhead),
      crash: async (step) => {
        if (dying !== step) return;
        dying = null;
        tell({ kind: "died", who: "doer", step });
        doers = [doer(), doer()];
        throw new TypeError(`The doer died at ${step}.`);
      },
    });
  }
  let doers: readonly [Doer, Doer] = [doer(), doer()];

  async function carry({ side, signed, call, ahead }: Sent, does: Wire | null): Promise<void> {
    if (does === "lost") return;
    signedAhead = ahead;
    const to = does === "other tenant" ? parts.otherThan(side) : side;
    const given = does === null ? signed : altered(signed, does);
    await Promise.allSettled((does === "twice" ? doers : [doers[0]]).map((each) => lab.hand(each, to.tenant, given)));
    tell({ kind: "over", side: side.n, call });
    for (const each of held) if (each.packet.call === call) use(each, true);
  }

  return {
    carry,
    sweep: async () => void (await doers[1].sweep()),
    dieAt: (step) => void (dying = step),
    tryAgain: () => {
      for (const each of held) use(each, true);
    },
  };
}

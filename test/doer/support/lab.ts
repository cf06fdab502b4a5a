// A doer as its process has it: its own login, the queue, real keys and the real log. Tools are the test's.

import { randomUUID, sign as ed25519 } from "node:crypto";
import { afterAll, expect } from "vitest";
import { z } from "zod";
import { agentId, callId, type AgentId, type CallId, type EntryId } from "#kernel";
import { createAudit } from "#audit/io";
import { createDoer, type Doer, type DoerParts } from "#doer/io";
import { furthest, type ToolWork } from "#doer";
import { readPacket, signedText, type DecidedCall, type Packet, type SignedPacket } from "#gateway";
import { argumentsHash, createPacketSigner, decidedHash, type Decided } from "#gateway/io";
import { createKeys } from "#keys/io";
import { createDatabase } from "#platform/postgres";
import { canonicalBytes } from "#verifier";
import type { TestDatabase, TestTenant } from "../../support/database.ts";
import { sealPacket } from "../../../src/gateway/io/envelope.ts";
import { activeKey, replaceKey } from "../../../src/gateway/io/signing-keys.ts";

const known = <T>(value: T | null): T => value ?? expect.unreachable();
export const AGENT: AgentId = known(agentId("01ff0000-0000-7000-8000-0000000000aa"));
export const newCall = (): CallId => known(callId(randomUUID()));
export const ARGS = { repository: "acme/shop", ref: null, paths: ["README.md"] } as const;

const becauseShape = z.object({ payload: z.object({ because: z.string() }) });

export type Lab = ReturnType<typeof doerLab>;

export function doerLab(t: TestDatabase) {
  const database = createDatabase({ url: t.urls.doer, claimKey: t.claimKey, login: "doer", maxConnections: 8 });
  const keys = createKeys({ kms: t.kms, clock: Date.now });
  const audit = createAudit({ keys });
  const signer = createPacketSigner({ keys: t.keys, append: t.append });
  const faults: unknown[] = [];
  const ran: string[] = [];
  const revoked: string[] = [];
  const kills = new Set<(why: string) => void>();
  let killed: string | null = null;
  afterAll(() => database.close());

  const intend = (tenant: TestTenant, decided: DecidedCall): Promise<EntryId> =>
    t.db.withTenant(tenant.claim, (tx) =>
      t.append(tx, {
        kind: "call.execute",
        outcome: "intent",
        observer: { type: "app", id: "countersign" },
        initiator: { type: "agent", id: AGENT },
        target: { type: "tenant", id: tenant.id },
        requestId: decided.call,
        body: { v: 1, call: decided.call, decided: decidedHash(decided) },
      }),
    );

  const decided = async (tenant: TestTenant, more: Partial<Decided> = {}): Promise<Decided> => {
    const all = {
      call: newCall(),
      agent: AGENT,
      requester: "ann",
      tool: "repo.read",
      args: ARGS,
      repository: null,
      headSha: null,
      policySet: "set-1",
      verdict: "GREEN",
      approval: null,
      traceparent: null,
      ...more,
    } as const;
    const intent = more.intent ?? (await intend(tenant, { ...all, argsHash: argumentsHash(all.args) }));
    return { ...all, intent };
  };

  return {
    database,
    keys,
    append: audit.append,
    faults,
    ran,
    revoked,
    decided,
    /** As the gateway does it. */
    sign: async (tenant: TestTenant, more: Partial<Decided> = {}): Promise<SignedPacket> => {
      const call = await decided(tenant, more);
      return t.db.withTenant(tenant.claim, async (tx) => {
        const key = await signer.ready(tx, await signer.known(tx));
        return signer.sign(tenant.id, key, tx.now() ?? expect.unreachable(), call);
      });
    },
    /** With the tenant's own key, whatever it says: who has stolen it. */
    forge: (tenant: TestTenant, packet: unknown, kid?: string): Promise<SignedPacket> =>
      t.db.withTenant(tenant.claim, async (tx) => {
        const key = (await activeKey(t.keys, tx)) ?? expect.unreachable();
        const bytes = packet instanceof Uint8Array ? packet : canonicalBytes(packet);
        return { bytes, kid: kid ?? key.kid, sig: ed25519(null, signedText(bytes), key.privateKey) };
      }),
    seal: (tenant: TestTenant, signed: SignedPacket): Promise<Buffer> =>
      t.db.withTenant(tenant.claim, (tx) => sealPacket(t.keys, tx, signed)),
    rotate: (tenant: TestTenant) => t.db.withTenant(tenant.claim, (tx) => replaceKey(t.keys, tx)),
    kill(why: string): void {
      killed = why;
      for (const fn of kills) fn(why);
    },
    unkill(): void {
      killed = null;
    },
    doer(more: Partial<DoerParts> = {}): Doer {
      const read: ToolWork = async ({ packet }) => {
        ran.push(packet.call);
        return { kind: "done", result: { read: packet.args }, summary: "Read." };
      };
      return createDoer({
        database,
        keys,
        append: audit.append,
        entryById: audit.entryById,
        doer: randomUUID(),
        tools: { "repo.read": read, "repo.propose": read },
        leases: {
          ask: async () => ({ kind: "refused", why: "No lease in this test." }),
          finish: async () => ({ kind: "unknown" }),
          revokeAll: async ({ run }) => {
            revoked.push(run ?? "all");
            return { revoked: 0, pending: 0 };
          },
        },
        sandbox: async () => ({ kind: "refused", why: "No sandbox in this test." }),
        killed: () => killed,
        onKill: (_, fn) => {
          kills.add(fn);
          return () => void kills.delete(fn);
        },
        approval: async () => ({ kind: "does not stand", why: "Nobody was asked." }),
        monotonicMs: () => performance.now(),
        furthest: furthest(),
        onFault: (error) => void faults.push(error),
        ...more,
      });
    },
    async hand(doer: Doer, tenant: TestTenant, signed: SignedPacket) {
      return doer.handle({ tenant: tenant.id, sealed: await this.seal(tenant, signed) });
    },
    packetOf(signed: SignedPacket): Packet {
      const read = readPacket(signed.bytes);
      return read.kind === "packet" ? read.packet : expect.unreachable(read.why);
    },
    log: async (tenant: TestTenant) =>
      (await t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: 30 })))
        .filter(({ kind }) => /^(?:call\.execute|doer)/.test(kind))
        .map(({ kind, outcome, body }) => {
          const because = becauseShape.safeParse(body).data?.payload.because;
          return `${kind} ${outcome}${because === undefined ? "" : ` ${because}`}`;
        })
        .toReversed(),
  };
}

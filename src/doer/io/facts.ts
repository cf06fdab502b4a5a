// Everything that a decision reads, in the transaction that consumes the nonce.

import { createPublicKey, verify as ed25519 } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Audit } from "#audit/io";
import type { Instant } from "#kernel";
import { declarationOf, signedText, type Packet, type SignedPacket } from "#gateway";
import { argumentsHash, decidedHash } from "#gateway/io";
import { FLOOR_HASH } from "#policy";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { canonical } from "#verifier";
import type { ApprovalFact, IntentFact, KeyFact, PacketFacts } from "../decide.ts";

export interface FactParts {
  readonly entryById: Audit["entryById"];
  readonly able: (tool: Packet["tool"]) => boolean;
  /** The kill switch's sentence for where the packet acts; null: nothing is stopped. */
  readonly killed: (packet: Packet) => string | null;
  /** How the approval stands at this moment. */
  readonly approval: (tx: TenantTx, packet: Packet) => Promise<ApprovalFact>;
  readonly monotonicMs: () => number;
  readonly furthest: (database: Instant, monotonicMs: number) => Instant;
  /** Another build's, in a test. */
  readonly floor?: string;
}

export async function gather(
  parts: FactParts,
  tx: TenantTx,
  signed: SignedPacket,
  packet: Packet,
): Promise<PacketFacts> {
  // Together, with the transaction's beginning.
  const [{ key, publicKey }, at, intent, approval] = await Promise.all([
    keyOf(tx, signed.kid),
    now(parts, tx),
    intentOf(parts, tx, packet),
    packet.approval === null ? ({ kind: "none" } as const) : parts.approval(tx, packet),
  ]);
  const read = declarationOf(packet.tool)?.read(packet.args);
  return {
    packet,
    kid: signed.kid,
    key,
    signed: publicKey !== null && isSigned(publicKey, signed),
    now: at,
    argsHash: argumentsHash(packet.args),
    floor: parts.floor ?? FLOOR_HASH,
    // INVARIANT 12: a schema that would change what was signed is no schema to execute by.
    fits: read?.kind === "read" && canonical(read.arguments) === canonical(packet.args),
    able: parts.able(packet.tool),
    intent,
    killed: parts.killed(packet),
    approval,
  };
}

const keyRow = z.object({ public: z.instanceof(Uint8Array), state: z.string(), believed: z.boolean() });

async function keyOf(
  tx: TenantTx,
  kid: string,
): Promise<{ readonly key: KeyFact; readonly publicKey: Uint8Array | null }> {
  const row = await tx.maybe(
    sql`select public, state, state = 'active' or (state = 'retired' and believed_until > clock_timestamp()) as believed
      from packets.signing_key where tenant_id = ${tx.tenantId} and kid = ${kid}`,
    keyRow,
  );
  if (row === null) return { key: { kind: "unknown" }, publicKey: null };
  if (row.believed) return { key: { kind: "believed" }, publicKey: row.public };
  return { key: { kind: row.state === "revoked" ? "revoked" : "retired" }, publicKey: row.public };
}

/** INVARIANT: the algorithm is this program's, never the packet's: Ed25519 and nothing else. */
function isSigned(publicKey: Uint8Array, { bytes, sig }: SignedPacket): boolean {
  if (sig.length !== 64) return false;
  const key = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") },
    format: "jwk",
  });
  return ed25519(null, signedText(bytes), key, sig);
}

const nowRow = z.object({ now: instantColumn, consumed: instantColumn.nullable() });

async function now({ furthest, monotonicMs }: FactParts, tx: TenantTx): Promise<Instant> {
  const row = await tx.one(
    sql`select clock_timestamp() as now, (select max(consumed_at) from doer.nonce where tenant_id = ${tx.tenantId}) as consumed`,
    nowRow,
  );
  // Also by what another doer, or this one before it was started again, has seen.
  return furthest(row.consumed !== null && row.consumed > row.now ? row.consumed : row.now, monotonicMs());
}

const intentShape = z.object({ payload: z.object({ decided: z.string() }) });

async function intentOf({ entryById }: FactParts, tx: TenantTx, packet: Packet): Promise<IntentFact> {
  const entry = await entryById(tx, packet.intent);
  if (entry === null) return { kind: "missing" };
  const read = intentShape.safeParse(entry.body);
  const matches =
    entry.kind === "call.execute" &&
    entry.outcome === "intent" &&
    read.success &&
    read.data.payload.decided === decidedHash(packet);
  return { kind: matches ? "matches" : "of something else" };
}

// A packet as bytes, and bytes as a packet: one spelling each way. What is read here is not believed yet; the signature comes after.

import { z } from "zod";
import {
  agentId,
  approvalId,
  callId,
  commitSha,
  digest,
  entryId,
  installationId,
  repoName,
  repositoryId,
  tenantId,
  type Json,
} from "#kernel";
import { TOOL_NAMES } from "#policy";
import { canonicalBytes, isCanonical } from "#verifier";
import type { Packet } from "./packet.ts";

/** A packet is good for this long at most (X12). Milliseconds. */
export const PACKET_MS = 60_000;
/** More than the largest arguments that a tool takes. */
export const PACKET_BYTES = 2 * 1024 * 1024;
export const NONCE_BYTES = 32;
export const KID = /^[0-9a-f]{32}$/;

const utf8 = new TextEncoder();
/** INVARIANT: what is signed for another purpose under the same key is no packet, and the other way round. */
const DOMAIN = utf8.encode("countersign/packet/v1\n");

/** What Ed25519 signs. */
export function signedText(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(DOMAIN.length + bytes.length);
  text.set(DOMAIN);
  text.set(bytes, DOMAIN.length);
  return text;
}

export const argumentBytes = (args: Json): Uint8Array => canonicalBytes(args);
/** What was decided about a call: all that its packet says but when, by which key and after which intent. */
export type DecidedCall = Pick<
  Packet,
  "call" | "agent" | "requester" | "tool" | "argsHash" | "repository" | "headSha" | "policySet" | "verdict" | "approval"
>;

/** INVARIANT X13: the intent in the log has the digest of these bytes, so that whoever has stolen a key signs that call or none. */
export const decidedBytes = ({
  call,
  agent,
  requester,
  tool,
  argsHash,
  repository,
  headSha,
  policySet,
  verdict,
  approval,
}: DecidedCall): Uint8Array =>
  canonicalBytes({
    v: 1,
    call,
    agent,
    requester,
    tool,
    argsHash,
    repository: repository === null ? null : { ...repository },
    headSha,
    policySet,
    verdict,
    approval,
  });

export const packetBytes = (packet: Packet): Uint8Array => canonicalBytes(packet);

const branded = <In, Out>(raw: z.ZodType<In>, brand: (value: In) => Out | null) =>
  raw.transform((value, ctx) => {
    const found = brand(value);
    if (found === null) ctx.addIssue("is not of its kind");
    return found ?? z.NEVER;
  });
const instant = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Strict: a member that is not known, or missing, makes it no packet. Nothing is defaulted. */
const shape = z
  .strictObject({
    v: z.literal(1),
    kid: z.string().regex(KID),
    tenant: branded(z.string(), tenantId),
    call: branded(z.string(), callId),
    agent: branded(z.string(), agentId),
    requester: z.string().min(1).max(256),
    tool: z.enum(TOOL_NAMES),
    args: z.json(),
    argsHash: branded(z.string(), digest),
    repository: z
      .strictObject({
        id: branded(z.number(), repositoryId),
        name: branded(z.string(), repoName),
        installation: branded(z.number(), installationId),
      })
      .readonly()
      .nullable(),
    headSha: branded(z.string(), commitSha).nullable(),
    policySet: z.string().min(1).max(256),
    floor: hash,
    verdict: z.enum(["GREEN", "YELLOW"]),
    approval: branded(z.string(), approvalId).nullable(),
    intent: branded(z.string(), entryId),
    nonce: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    iat: instant,
    exp: instant,
    traceparent: z
      .string()
      .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
      .nullable(),
  })
  .readonly();

export type ReadPacket =
  | { readonly kind: "packet"; readonly packet: Packet }
  /** `why` repeats nothing of it: whoever sent it chose the words. */
  | { readonly kind: "unreadable"; readonly why: string };

/**
 * INVARIANT 12: canonical bytes only. Twice the same key, another order, a float, an escape that need not be, `__proto__`: each would be a
 * second reading of what was signed, so each is refused before anything is read.
 */
export function readPacket(bytes: Uint8Array): ReadPacket {
  if (bytes.length > PACKET_BYTES) return { kind: "unreadable", why: "it is larger than a packet may be" };
  if (!isCanonical(bytes)) return { kind: "unreadable", why: "its bytes are not canonical JSON" };
  const read = shape.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  return read.success
    ? { kind: "packet", packet: read.data }
    : {
        kind: "unreadable",
        why: `its member ${String(read.error.issues[0]?.path[0] ?? "list")} is not what it has to be`,
      };
}

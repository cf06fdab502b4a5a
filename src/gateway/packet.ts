// What the gateway hands to the doer: one call, decided, signed and good for one minute. The doer believes nothing else.

import type { Tool } from "#policy";
import type {
  AgentId,
  ApprovalId,
  CallId,
  CommitSha,
  Digest,
  EntryId,
  InstallationId,
  Json,
  RepoName,
  RepositoryId,
  TenantId,
} from "#kernel";

export interface PacketRepository {
  readonly id: RepositoryId;
  readonly name: RepoName;
  readonly installation: InstallationId;
}

/** `v: 1`. Instants are milliseconds since the Unix epoch. */
export interface Packet {
  readonly v: 1;
  readonly kid: string;
  readonly tenant: TenantId;
  readonly call: CallId;
  readonly agent: AgentId;
  /** The person on whose behalf the agent acts, as the facts name them. */
  readonly requester: string;
  readonly tool: Tool;
  readonly args: Json;
  /** SHA-256 of the canonical bytes of `args`. */
  readonly argsHash: Digest;
  readonly repository: PacketRepository | null;
  readonly headSha: CommitSha | null;
  /** Digest of the rules that the verdict was given by, and of those among them that nobody can configure away. */
  readonly policySet: string;
  readonly floor: string;
  readonly verdict: "GREEN" | "YELLOW";
  readonly approval: ApprovalId | null;
  /**
   * The entry of the log that says what is about to be done: `call.execute`, outcome `intent`, whose body's `decided` is the digest of what was
   * decided, all of which this packet says again (`decidedBytes`). Durable before the packet exists (X13).
   */
  readonly intent: EntryId;
  /** 256 bits, base64url. */
  readonly nonce: string;
  readonly iat: number;
  /** At most PACKET_MS after `iat`. */
  readonly exp: number;
  readonly traceparent: string | null;
}

/** INVARIANT: `bytes` are the canonical JSON of a packet. What is verified is what is executed: nobody writes them anew. */
export interface SignedPacket {
  readonly bytes: Uint8Array;
  readonly kid: string;
  /** Ed25519, 64 bytes, over `signedText`. */
  readonly sig: Uint8Array;
}

export type DoerOutcome =
  | { readonly kind: "done"; readonly result: Json; readonly summary: string }
  /** The doer would not: `next` says what would make it acceptable. */
  | { readonly kind: "refused"; readonly why: string; readonly next: string }
  | { readonly kind: "failed"; readonly why: string }
  /** Nobody knows whether it was done. `why` is in our words alone; `next`: what a person does then. */
  | { readonly kind: "unknown"; readonly why: string; readonly next: string }
  | { readonly kind: "killed"; readonly why: string };

/** The way to a doer and back. There are three: the database's queue, HTTP and Kafka. */
export interface Dispatch {
  send(signed: SignedPacket): Promise<void>;
  /** null: there is none within `waitMs`. Ask again. */
  outcome(tenant: TenantId, call: CallId, waitMs: number): Promise<DoerOutcome | null>;
}

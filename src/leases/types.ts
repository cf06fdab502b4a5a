import type { InstallationId, Instant, LeaseId, Millis, RepoName, RepositoryId, TenantId } from "#kernel";

export type { LeaseId };

/** What a lease opens. Narrowed by the caller, compared with what the provider answers, never widened. */
export type LeaseScope =
  | {
      readonly kind: "github";
      readonly installation: InstallationId;
      readonly repositories: readonly RepositoryId[];
      readonly permissions: Readonly<Record<string, "read" | "write">>;
    }
  /** `name`: of a sealed connection value of the tenant, without its prefix, as `DATABASE_URL`. */
  | { readonly kind: "database"; readonly name: string }
  | { readonly kind: "vault"; readonly mount: string; readonly role: string };

export interface LeaseRequest {
  readonly tenant: TenantId;
  /** One run of one agent or job: the handle is for it alone. */
  readonly run: string;
  /** A short word of the caller's for the audit log, as `repo.propose`. Never a sentence of a client's. */
  readonly purpose: string;
  readonly scope: LeaseScope;
  /** 1 to 60. */
  readonly seconds: number;
}

export const LEASE_STATES = [
  "requested",
  "minting",
  "active",
  "revoking",
  "revoked",
  "expired",
  "irrevocable",
  "refused",
] as const;
export type LeaseState = (typeof LEASE_STATES)[number];

/** The credential itself. It stays in the broker's process: memory, and the sealed spool until it is revoked. */
export type Credential =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "connection"; readonly url: string }
  | { readonly kind: "login"; readonly username: string; readonly password: string };

export interface Minted {
  readonly credential: Credential;
  /** What revoking it needs besides the credential, as Vault's lease id. The provider's own words; sealed with the credential. */
  readonly revocation: Readonly<Record<string, string>>;
  /** GitHub's own names (`owner/name`) of the repositories in the scope, from its answer: what the proxy finds in a path. */
  readonly repositories?: readonly { readonly id: RepositoryId; readonly name: RepoName }[];
  /** When the provider ends it by itself, whatever we do: GitHub's tokens within the hour. null: never. */
  readonly endsAt: Instant | null;
}

export type Minting =
  | { readonly kind: "minted"; readonly minted: Minted }
  /** The provider said no, or gave something else than was asked (and took it back). Nothing is held. `why` holds no secret. */
  | { readonly kind: "refused"; readonly why: string };

/**
 * Who makes and ends credentials of one kind. A door: GitHub, databases and Vault are its implementations.
 * `mint` throws when it is not known whether a credential was made. Each call makes one of its own: two leases never share (L2).
 * `revoke` resolves when the credential is dead, also when it was already; it throws when that is not known, and is asked again.
 */
export interface LeaseProvider {
  mint(request: LeaseRequest): Promise<Minting>;
  revoke(request: LeaseRequest, minted: Minted): Promise<void>;
}

export type LeaseProviders = Readonly<Record<LeaseScope["kind"], LeaseProvider | null>>;

/**
 * In the broker's process: whether this handle may be used at this moment, and with what. For the proxy.
 * INVARIANT: `live` never later than `seconds` after the handle was given out, by the monotonic clock, nor after revoking began.
 */
export interface LiveLeases {
  use(handle: string): Use;
}
export type Use =
  | {
      readonly kind: "live";
      readonly lease: LeaseId;
      readonly request: LeaseRequest;
      readonly minted: Minted;
      readonly remaining: Millis;
    }
  | { readonly kind: "dead" };

/** Who presents a handle: it is worth nothing beside another run or tenant. */
export interface Holder {
  readonly tenant: TenantId;
  readonly run: string;
  /** 256 bits, base64url. Only its SHA-256 is stored. */
  readonly handle: string;
}

export type Asked =
  | {
      readonly kind: "leased";
      readonly lease: LeaseId;
      readonly handle: string;
      /** For display. What counts is the broker's monotonic clock. */
      readonly expiresAt: Instant;
      /** Where the handle is a bearer: `http://127.0.0.1:port`. null: this kind is redeemed. */
      readonly proxy: string | null;
    }
  | { readonly kind: "refused"; readonly why: string };

export type Finished = {
  /** `revoking`: the provider did not confirm yet; the broker goes on. `unknown`: no such handle of this run, or over already. */
  readonly kind: "revoked" | "revoking" | "unknown";
};

export type Redeemed =
  | { readonly kind: "credential"; readonly credential: Credential; readonly remaining: Millis }
  | { readonly kind: "dead" };

export interface OpenLease {
  readonly lease: LeaseId;
  readonly tenant: TenantId;
  readonly run: string;
  readonly purpose: string;
  readonly kind: LeaseScope["kind"];
  readonly state: LeaseState;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
}

/** How many were ended at their provider, and how many the broker still tries to end: their handles are dead either way. */
export interface RevokedAll {
  readonly revoked: number;
  readonly pending: number;
}

/** The broker's socket, seen from our own trusted processes. A broker that does not answer is Fault `broker_unavailable`. */
export interface LeaseClient {
  ask(request: LeaseRequest): Promise<Asked>;
  finish(holder: Holder): Promise<Finished>;
  /** The credential itself, for a database session that our own process opens. Never for a sandbox; never a GitHub token. */
  redeem(holder: Holder): Promise<Redeemed>;
  revokeAll(whose: { readonly tenant: TenantId; readonly run?: string }): Promise<RevokedAll>;
  open(tenant: TenantId): Promise<readonly OpenLease[]>;
  close(): void;
}

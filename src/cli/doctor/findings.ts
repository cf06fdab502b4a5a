import type { AppId, InstallationId, Instant, Known, Millis } from "#kernel";
import type { Channel } from "#notify";
import type { SandboxState } from "#sandbox";

export type Grants = Readonly<Record<string, string>>;

/** What doctor looked at. What could not be read is not known, with the reason; nothing is assumed. */
export interface Findings {
  readonly now: Instant;
  readonly settings: {
    readonly appId: AppId;
    /** Where GitHub should send deliveries. */
    readonly webhookUrl: string;
    /** The owner's login is in the server's environment. */
    readonly adminUrlPresent: boolean;
    readonly production: boolean;
    readonly embeddedDatabase: boolean;
  };
  readonly wanted: { readonly permissions: Grants; readonly events: readonly string[] };
  readonly app: Known<{
    readonly id: number;
    readonly slug: string;
    readonly permissions: Grants;
    readonly events: readonly string[];
  }>;
  readonly hook: Known<{
    readonly url: string | null;
    readonly secretSet: boolean;
    readonly insecureSsl: boolean;
    readonly json: boolean;
  }>;
  readonly deliveries: Known<readonly { readonly at: Instant; readonly statusCode: number }[]>;
  readonly skewMs: Known<Millis>;
  readonly installations: Known<readonly Installation[]>;
  /** Of active tenants. */
  readonly lost: Known<readonly LostFinding[]>;
  /** Clients that uninstalled the App: shut since then, and nothing of them is erased before somebody decides. */
  readonly uninstalled: Known<readonly { readonly prefix: string; readonly decideBy: Instant }[]>;
  readonly repositories: Known<readonly RepositoryFinding[]>;
  readonly database: Known<DatabaseFinding>;
  /** Of the roles that see every tenant's hashes: whether a login was given; not known where it is a wrong one. */
  readonly logins: { readonly sequencer: Known<boolean>; readonly verifier: Known<boolean> };
  readonly log: LogFinding;
  /** By tenant. */
  readonly keys: Known<readonly KeyFinding[]>;
  readonly leases: {
    /** Whether one runs here; not known where one should and does not answer. */
    readonly broker: Known<boolean>;
    /** Of active tenants. */
    readonly open: Known<readonly LeaseFinding[]>;
  };
  readonly controls: Known<ControlFinding>;
  /** Clients with agents for which nobody may approve, and which. */
  readonly approvers: Known<readonly { readonly prefix: string; readonly agents: readonly string[] }[]>;
  /** OPA_URL, and what is wrong with its answer about a harmless read; null: Countersign's own rules decide. */
  readonly opa: { readonly url: string; readonly problems: readonly string[] } | null;
  /** Clients whose rules a server could not load now, and what is wrong; or `there` false: they have none of their own. */
  readonly rules: Known<
    readonly {
      readonly prefix: string;
      readonly directory: string;
      readonly there: boolean;
      readonly problems: readonly string[];
    }[]
  >;
  /** Why the database's clock is in doubt, by which tickets are closed; null: it is not. */
  readonly ticketClock: Known<string | null>;
  /** Clients with open tickets whose owner left, and nobody else was there: how many. */
  readonly ticketOwners: Known<readonly { readonly prefix: string; readonly unowned: number }[]>;
  /** Clients whose owners are paged nowhere: neither a place is set, nor does a webhook hear of it. */
  readonly pagedNowhere: Known<readonly string[]>;
  /** Of active tenants: notices that wait because a credential of their channel is missing, or is not accepted any more. */
  readonly channels: Known<readonly ChannelFinding[]>;
  /** Of active tenants: what they have connected besides GitHub. */
  readonly sources: Known<readonly SourceFinding[]>;
  /** What was made for clients, held against the register: a sentence for each difference; null: there is no login to look with. */
  readonly estate: Known<readonly string[] | null>;
  /** Of the data directory: keys, spool, the broker's store, and built-in PostgreSQL. */
  readonly disk: Known<{ readonly directory: string; readonly percent: number }>;
  readonly sandbox: SandboxState;
}

export interface ChannelFinding {
  readonly prefix: string;
  readonly channel: Channel;
  readonly notices: number;
  readonly oldest: Instant;
}

export type SourceFinding =
  | {
      readonly kind: "slack";
      readonly prefix: string;
      readonly connectedAt: Instant;
      /** null: never. */
      readonly heardAt: Instant | null;
      readonly refused: { readonly since: Instant; readonly why: "signature" | "no_secret" | "workspace" } | null;
    }
  | {
      readonly kind: "graph" | "imap";
      readonly prefix: string;
      /** null: never. */
      readonly readAt: Instant | null;
      /** `why`: in words of ours, with what to do. */
      readonly failing: { readonly since: Instant | null; readonly why: string } | null;
    };

export interface KeyFinding {
  readonly prefix: string;
  /** Why what is sealed under its key does not open now; null: it does. */
  readonly closed: string | null;
  /** Whole days; null: there is none yet. */
  readonly kek: number | null;
  /** Of the key that seals the tenant's credentials. */
  readonly env: number | null;
  /** Credentials that should have been revoked at their providers by now, after a break-glass rotation. */
  readonly unrevoked: number;
}

export interface ControlFinding {
  /** COUNTERSIGN_KILL_SWITCH and COUNTERSIGN_EXPLAIN_MODE, as a server started here would have them. */
  readonly environment: { readonly killed: boolean; readonly explain: boolean };
  readonly platform: boolean;
  /** How many tenants, agents and repositories are stopped. */
  readonly narrower: number;
  /** Of active tenants: how many agents have an open circuit breaker. */
  readonly breakers: readonly { readonly prefix: string; readonly open: number }[];
}

export interface LeaseFinding {
  readonly prefix: string;
  /** Given up on after six tries, and not yet over by their provider's own clock. */
  readonly irrevocable: number;
  /** Open, though their minute was over ten seconds ago. */
  readonly overdue: number;
}

export interface LogFinding {
  /** The verifier key it signs under now. */
  readonly signer: Known<string>;
  /** Why this database's log is not the one that was signed; null: it is, as far as its signer could be asked. */
  readonly diverged: string | null;
  /** The rule of AUDIT_WITNESSES; null: there is none. */
  readonly quorum: string | null;
  readonly places: { readonly git: boolean; readonly directory: boolean; readonly timestamps: boolean };
  readonly epochs: Known<EpochFinding>;
}

/** Numbers of the newest epoch that is signed, that had its quorum, its timestamp, its copies; null: none. */
export interface EpochFinding {
  readonly newest: number | null;
  readonly witnessed: number | null;
  readonly stamped: number | null;
  readonly copied: { readonly git: number | null; readonly directory: number | null };
}

export interface Installation {
  readonly id: InstallationId;
  readonly account: string;
  readonly suspended: boolean;
  readonly permissions: Grants;
  /** Whether an active tenant is bound to it. */
  readonly bound: Known<boolean>;
  /** Whether the account's `.github` repository, where the organisation's rules are, is part of the installation. */
  readonly policyRepository: Known<"reached" | "none" | "not_selected">;
}

/** What a delivery said of a tenant's installation: it is not on GitHub's list, or is there as suspended. */
export interface LostFinding {
  readonly prefix: string;
  readonly installation: InstallationId;
  readonly state: "suspended" | "gone";
}

export interface RepositoryFinding {
  readonly name: string;
  /** For each production branch that could be read: what keeps its protection from being sound. */
  readonly defects: Known<readonly string[]>;
  /** A ruleset lets only this App update the branch (recommended). */
  readonly updatesRestricted: boolean;
}

export interface DatabaseFinding {
  readonly role: string;
  /** Verbs that the server's role has on the audit log and must not have. */
  readonly auditExcess: readonly string[];
  readonly auditTriggersOff: readonly string[];
  /** How many coming months of the log have their partition. */
  readonly monthsAhead: Known<number>;
  /** How many lines of the catalog differ from what is expected, and whether DDL that changes them is refused. */
  readonly guards: Known<{ readonly drift: number; readonly refusing: boolean }>;
  /** null: there is no tenant yet to try the claim key on. */
  readonly claimAccepted: boolean | null;
  /** Roles that should bypass row-level security and do not (a managed server refused). */
  readonly verifierBlind: boolean;
}

// What the steps are given, and how one of them is ended: either taken, or not, with the sentence that says why.

import type { KeysOfTenants } from "#audit/io";
import type { EntryId, TenantId } from "#kernel";
import type { Database, RoleDatabase } from "#platform/postgres";
import type { AssetSide, CertificateSide, ChannelSide, GithubSide, LeaseSide, StepDetail } from "../../offboard.ts";
import type { By, RegistryAccess } from "../registry.ts";

export interface KeySide extends KeysOfTenants {
  /** Something that is sealed for the tenant now; null: its key seals nothing any more. */
  seal(tenant: TenantId): Promise<string | null>;
  /** Whether that can still be opened. */
  opensSealed(tenant: TenantId, sealed: string): Promise<boolean>;
}

export interface OffboardParts {
  readonly access: RegistryAccess;
  /** In whose name the steps are taken: the order's entry has who ordered it. */
  readonly by: By;
  /** As the server has it: what is refused there is refused. */
  readonly database: Pick<Database, "claimFor" | "claimForInstallation" | "withPlatform">;
  readonly verifier: RoleDatabase<"verifier">;
  /** null: this process has no GitHub App. Steps at GitHub are not taken then, unless there is nothing to do. */
  readonly github: GithubSide | null;
  readonly leases: LeaseSide;
  readonly channels: ChannelSide;
  readonly keys: KeySide;
  readonly assets: AssetSide;
  readonly certificate: CertificateSide;
  /** How long backups and archived WAL are kept, in days: the certificate's horizon. */
  readonly backupDays: number;
  /** Rows of one transaction. */
  readonly batch?: number;
  /** Called after each commit, by name: what a test lets crash. */
  readonly after?: (commit: string) => Promise<void>;
}

export type StepAnswer =
  | { readonly kind: "taken"; readonly detail: StepDetail }
  /** Nothing is wrong: it takes its time. */
  | { readonly kind: "waiting"; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };

export const taken = (detail: StepDetail = {}): StepAnswer => ({ kind: "taken", detail });
export const failed = (why: string): StepAnswer => ({ kind: "failed", why });

export interface Going {
  readonly tenantId: TenantId;
  readonly prefix: string;
  readonly override: EntryId | null;
}

import type { EntryFilter, EntryProofAnswer } from "#audit";
import type { Exported, PageAsked, Reindexed, ShownEntry, ShownPage } from "#audit/io";
import type { EntryId, Instant } from "#kernel";

/** One tenant's log, open for reading. Each call is on record in that log before it answers. */
export interface TenantLog {
  readonly prefix: string;
  page(asked: PageAsked): Promise<ShownPage>;
  /** As `page`, for a reader that goes on asking: an empty answer is not on record, and `size` was sequenced when it was read. */
  news(asked: { readonly filter: EntryFilter; readonly from: number }): Promise<ShownPage & { readonly size: number }>;
  size(): Promise<number>;
  entry(id: EntryId): Promise<ShownEntry | null>;
  prove(id: EntryId): Promise<EntryProofAnswer>;
  /** The newest signed note; null before the first. */
  checkpoint(): Promise<string | null>;
}

export type WithLog =
  | { readonly kind: "done" }
  /** Nothing was done. One sentence for each reason, with what to do. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export type ExportTo = (asked: {
  readonly tenant: string | null;
  readonly directory: string;
}) => Promise<Exported | Extract<WithLog, { kind: "refused" }>>;

/** `tenant`: its prefix; null where there is only one. */
export type Reindex = (
  tenant: string | null,
) => Promise<(Reindexed & { readonly kind: "reindexed" }) | Extract<WithLog, { kind: "refused" }>>;

export interface AuditPorts {
  readonly reindex: Reindex;
  /** `tenant`: its prefix; null where there is only one. */
  readonly withLog: (tenant: string | null, work: (log: TenantLog) => Promise<void>) => Promise<WithLog>;
  /** Whichever tenant has that entry. */
  readonly withEntry: (id: EntryId, tenant: string | null, work: (log: TenantLog) => Promise<void>) => Promise<WithLog>;
  /** The public epoch log's newest signed note, with its witnesses' lines; null before the first. */
  readonly epochCheckpoint: () => Promise<{ readonly note: string | null } | Extract<WithLog, { kind: "refused" }>>;
  /** `tenant`: its prefix; null for every log, the platform's own included. */
  readonly exportTo: ExportTo;
  readonly now: () => Instant;
  /** False: whoever read the output has gone. */
  readonly heard: () => boolean;
  /** False: asked to end meanwhile. */
  readonly wait: (ms: number) => Promise<boolean>;
}

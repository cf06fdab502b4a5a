// A tenant's key (KEK) rotated, told in its log.

import type { Party } from "#audit";
import { enterLog } from "#audit/io";
import type { Json, TenantId } from "#kernel";
import type { Kms } from "#keys";
import { beginRotation, endingVersion, endVersions, finishRotation, type Rewrap } from "#keys/io";
import { withOperator, type TenantTx } from "#platform/postgres";
import type { By, RegistryAccess } from "./registry.ts";

export interface RotationAccess extends RegistryAccess {
  readonly kms: Kms;
}

export type Rotated =
  | (Rewrap & {
      readonly kind: "rotated";
      readonly version: number;
      /** The newest version that was ended for good; null: none was old enough. */
      readonly ended: number | null;
    })
  /** Suspended, or being erased: its log takes no entry. */
  | { readonly kind: "inactive" }
  /** Another process finished the same rotation at this moment. */
  | { readonly kind: "elsewhere"; readonly version: number };

const OBSERVER: Party = { type: "app", id: "countersign" };

/**
 * Three transactions: that it begins; the new version, every data key wrapped under it, and the entry; what is old enough to end, and its entry.
 * Whatever is cut off between or within them, the next call goes on with, and until then both versions open.
 */
export async function rotateKek(
  access: RotationAccess,
  { tenant, by }: { readonly tenant: TenantId; readonly by: By },
): Promise<Rotated> {
  const { kms } = access;
  const within = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T | "inactive"> =>
    withOperator(access, async (operator) => {
      const tx = await enterLog(operator, tenant);
      return tx === null ? "inactive" : work(tx);
    });
  const tell = async (tx: TenantTx, kind: "kek.rotate" | "kek.end", body: Json): Promise<void> => {
    const target = { type: "tenant", id: tenant } as const;
    const { operator: initiator, requestId } = by;
    await access.append(tx, { kind, outcome: "success", observer: OBSERVER, initiator, target, requestId, body });
  };

  const version = await within(beginRotation);
  if (version === "inactive") return { kind: version };
  const done = await within(async (tx) => {
    const rewrap = await finishRotation(tx, kms, version);
    if (rewrap !== null) await tell(tx, "kek.rotate", { version, ...rewrap });
    return rewrap;
  });
  if (done === "inactive") return { kind: done };
  if (done === null) return { kind: "elsewhere", version };
  const ended = await within(async (tx) => {
    const upTo = await endingVersion(tx);
    if (upTo === null) return null;
    await tell(tx, "kek.end", { upTo });
    await endVersions(tx, kms, upTo);
    return upTo;
  });
  return { kind: "rotated", version, ...done, ended: ended === "inactive" ? null : ended };
}

// The end: the entry tenant.erased, the certificate with its tombstone, and the name that goes.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, millis, plus, type Instant } from "#kernel";
import { withOperator } from "#platform/postgres";
import { CHECKS, HARD_STEPS, type CertificateFacts, type Check, type TakenStep } from "../../offboard.ts";
import { detailOf, type Offboarding } from "./ledger.ts";
import { failed, taken, type Going, type OffboardParts, type StepAnswer } from "./parts.ts";
import { eraseUntil } from "./rows.ts";

const DAY_MS = 86_400_000;
/** Until then backups and archived WAL may hold what nothing opens any more. */
export const horizonOf = (erased: Instant, backupDays: number): Instant => plus(erased, millis(backupDays * DAY_MS));

const headRow = z
  .object({ size: z.int(), root: z.string() })
  .transform((row): CertificateFacts["log"] => ({ size: row.size, root: row.root }));
const counts = z.record(z.string(), z.int()).catch({});
const texts = z.array(z.string()).catch([]);

/** INVARIANT: of nothing but the ledger and the pinned head, so that it is the same whenever, and however often, it is made. */
async function factsOf(parts: OffboardParts, going: Going, now: Offboarding): Promise<CertificateFacts> {
  const log = await parts.verifier.transaction((tx) =>
    tx.maybe(
      sql`select h.size, encode(h.root, 'hex') as root from audit.head h where h.tenant_id = ${going.tenantId}`,
      headRow,
    ),
  );
  const steps = now.steps.flatMap(({ step, at, detail }): readonly TakenStep[] => {
    const known = HARD_STEPS.find((each) => each === step);
    return known === undefined || at === null ? [] : [{ step: known, at, detail: without(detail) }];
  });
  const last = steps.find(({ step }) => step === "verified");
  if (last === undefined) throw new Fault("invariant_broken", "Nothing is certified that was not verified.");
  const passed = texts.parse(last.detail["checks"]);
  return {
    ...going,
    orderLog: now.orderLog,
    orderId: now.orderId,
    orderedAt: now.orderedAt,
    hardAfter: now.hardAfter,
    steps,
    rows: { ...counts.parse(detailOf(now, "rows_deleted")["rows"]), ...ofTheLog(detailOf(now, "rows_deleted")["log"]) },
    keys: texts.parse(detailOf(now, "keys_destroyed")["keys"]),
    log: log ?? { size: 0, root: "" },
    checks: CHECKS.filter(({ id }) => passed.includes(id)).map((check): Check => ({
      ...check,
      result: "pass",
      found: [],
    })),
    horizon: horizonOf(last.at, parts.backupDays),
    override: now.override,
  };
}

/** What named the client to others is in no certificate. */
const without = ({ installations: _, canary: _canary, apiKeys: _keys, ...detail }: TakenStep["detail"]) => detail;

function ofTheLog(found: unknown): Readonly<Record<string, number>> {
  const { bodies = 0, entries = 0, index = 0 } = counts.parse(found);
  return { "audit.body": bodies, "audit.entry": entries, "audit.search": index };
}

export async function certify(parts: OffboardParts, going: Going, now: Offboarding): Promise<StepAnswer> {
  const facts = await factsOf(parts, going, now);
  const log = await eraseUntil(parts, going, "certified");
  if (log.kind !== "taken") return log;
  await parts.after?.("tenant.erased");
  const { id } = await parts.certificate.issue(facts);
  await parts.after?.("certificate issued");
  const { ended } = await withOperator(parts.access, (tx) =>
    tx.one(
      sql`select platform.end_offboard(${going.tenantId}::uuid, ${JSON.stringify({ certificate: id })}::jsonb) as ended`,
      z.object({ ended: z.boolean() }),
    ),
  );
  return ended ? taken() : failed("The ledger has a step that was not taken: the client's name stays.");
}

// The end of a client's way out: the certificate, signed by who holds the log's key, kept in the platform's log, and the tombstone.

import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Certifier } from "#audit";
import { enterLog, type Audit } from "#audit/io";
import { entryId, Fault, iso, PLATFORM_LOG, type EntryId, type TenantId } from "#kernel";
import { branded, tenantIdColumn, withOperator, type OperatorTx } from "#platform/postgres";
import { CERTIFICATES, formatCertificate, fromHex, parseNote, readCertificate, type Certificate } from "#verifier";
import type { CertificateFacts, CertificateSide } from "../../offboard.ts";
import { listTenants, type By, type RegistryAccess } from "../registry.ts";

export interface CertificateParts {
  readonly access: RegistryAccess;
  readonly signer: Certifier & { identity(): Promise<{ readonly base: string }> };
  readonly by: By;
  /** What stays for ever, by table, with the reason. */
  readonly stays: Readonly<Record<string, string>>;
}

/** INVARIANT: entry and tombstone are one commit, and a tenant that has its tombstone gets no second one. */
export const createCertificates = ({ access, signer, by, stays }: CertificateParts): CertificateSide => ({
  async issue(facts) {
    const { tenantId } = facts;
    const there = await withOperator(access, (tx) => tombstone(tx, { tenantId }));
    if (there !== null) return { id: there.certificate };
    const prefixHmac = await withOperator(access, async (tx) => {
      // INVARIANT: asked before the key's holder is: it signs once for a tenant, and what it signed cannot be unsigned.
      const still = (await listTenants(tx)).find((each) => each.tenantId === tenantId && each.state !== "purged");
      if (still !== undefined)
        throw new Fault("invariant_broken", `Tenant ${tenantId} is ${still.state}, and not gone.`);
      return hmacOf(tx, facts.prefix);
    });
    const { base } = await signer.identity();
    const certificate = certificateOf(facts, prefixHmac.toString("hex"), stays);
    const answer = await signer.certify(formatCertificate(`${base}${CERTIFICATES}`, certificate));
    // After a restore, or by another process: the one that was signed first is the tenant's, whatever was found to be removed again.
    const note = answer.kind === "signed" ? answer.note : answer.last;
    const digest = createHash("sha256").update(note).digest();
    return withOperator(access, async (tx) => {
      const log = await enterLog(tx, PLATFORM_LOG);
      if (log === null) throw new Fault("invariant_broken", "The platform's own log is not there.");
      const id = await access.append(log, {
        kind: "tenant.certificate",
        outcome: "success",
        observer: { type: "app", id: "countersign" },
        initiator: by.operator,
        target: { type: "tenant", id: tenantId },
        requestId: by.requestId,
        body: { certificate: note, sha256: digest.toString("hex") },
      });
      await bury(tx, facts, { prefixHmac, certificate: signedIn(note), id, digest });
      return { id };
    });
  },
});

/** What the note says, which may have been signed from other facts than these. */
function signedIn(text: string): Certificate {
  const note = parseNote(text);
  const read = note.kind === "note" ? readCertificate(note.body) : note;
  if (read.kind !== "certificate")
    throw new Fault("broker_unavailable", `What the broker signed is no certificate: ${read.why}.`);
  return read.certificate;
}

/** Of nothing but the facts, which are the ledger's: the same whenever it is made. */
const certificateOf = (
  facts: CertificateFacts,
  prefixHmac: string,
  stays: Readonly<Record<string, string>>,
): Certificate => ({
  tenant: facts.tenantId,
  prefixHmac,
  order: { log: facts.orderLog, id: facts.orderId, at: iso(facts.orderedAt) },
  hardAfter: iso(facts.hardAfter),
  steps: facts.steps.map(({ step, at, detail }) => ({ step, at: iso(at), detail })),
  rows: facts.rows,
  assets: assetsIn(facts),
  keys: facts.keys,
  checks: facts.checks.map(({ id, what }) => ({ id, what })),
  override: facts.override,
  horizon: iso(facts.horizon),
  log: facts.log,
  stays,
});

const counted = z.record(z.string(), z.int().nonnegative()).catch({});
const assetsIn = ({ steps }: CertificateFacts): Readonly<Record<string, number>> =>
  counted.parse(steps.find(({ step }) => step === "files_removed")?.detail["assets"]);

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, each) => sum + each, 0);

async function bury(
  tx: OperatorTx,
  { tenantId, orderedAt, hardAfter }: CertificateFacts,
  made: {
    readonly prefixHmac: Uint8Array;
    readonly certificate: Certificate;
    readonly id: EntryId;
    readonly digest: Uint8Array;
  },
): Promise<void> {
  const { rows, assets, keys, log } = made.certificate;
  await tx.run(sql`select platform.bury(${tenantId}::uuid, ${made.prefixHmac}::bytea, ${iso(orderedAt)}::timestamptz, ${iso(hardAfter)}::timestamptz,
    ${total(rows)}::bigint, ${total(assets)}::bigint, ${keys.length}::integer, ${log.size}::bigint, ${log.root === "" ? null : fromHex(log.root)}::bytea,
    ${made.id}::uuid, ${made.digest}::bytea)`);
}

const hmacOf = async (tx: OperatorTx, prefix: string): Promise<Buffer> =>
  Buffer.from(
    (await tx.one(sql`select platform.prefix_hmac(${prefix}) as hmac`, z.object({ hmac: z.instanceof(Uint8Array) })))
      .hmac,
  );

export type Departed = { readonly tenantId: TenantId } | { readonly prefix: string };

export interface Tombstone {
  readonly tenantId: TenantId;
  /** The entry in the platform's log. */
  readonly certificate: EntryId;
}

/** By id or by the name that it had; of several that had it, the one that left last. null: nobody such is gone. */
export const tombstone = async (tx: OperatorTx, of: Departed): Promise<Tombstone | null> => {
  const [newest] = await tx.many(
    sql`select tenant_id, certificate_id from platform.tombstones(${"tenantId" in of ? of.tenantId : null}::uuid, ${"prefix" in of ? of.prefix : null})`,
    z
      .object({ tenant_id: tenantIdColumn, certificate_id: branded(z.string(), entryId) })
      .transform((row): Tombstone => ({ tenantId: row.tenant_id, certificate: row.certificate_id })),
  );
  return newest ?? null;
};

const kept = z.object({ payload: z.object({ certificate: z.string() }) });

/** The text of a certificate, out of the platform's log. null: nobody such is gone. */
export async function readCertificateOf(
  access: RegistryAccess,
  entryById: Audit["entryById"],
  of: Departed,
): Promise<{ readonly tenantId: TenantId; readonly text: string } | null> {
  return withOperator(access, async (tx) => {
    const found = await tombstone(tx, of);
    const log = found === null ? null : await enterLog(tx, PLATFORM_LOG);
    if (found === null || log === null) return null;
    const entry = await entryById(log, found.certificate);
    return { tenantId: found.tenantId, text: kept.parse(entry?.body).payload.certificate };
  });
}

// A client is gone. Somebody still has what it had: its installation's number, signed deliveries, an API key, its certificate's form.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBroker, sha256, verifyEd25519 } from "#audit/io";
import { issueKey } from "#identity/io";
import { entryId, iso, instantOfMillis } from "#kernel";
import { withOperator } from "#platform/postgres";
import { bindInstallation, createCertificates, readCertificateOf, unboundInstallations } from "#tenants/io";
import { checkCertificate, formatCertificate, formatNote, parseNote, parseVkey, readCertificate } from "#verifier";
import { STAYS } from "../../src/tenants/reviewed.ts";
import { consoleStage } from "../console/stage.ts";
import { delivery } from "../github/support/sign.ts";
import { surfaceOn } from "../github/support/surface.ts";
import { sampleCertificate } from "../support/certificate.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { offboarding, SERVER } from "../support/offboarding.ts";
import { temporaryDirectory } from "../support/program.ts";

const t = await testDatabase();
const way = await offboarding(t);
const { inbox, calls, gate } = await surfaceOn(t);
const stage = consoleStage(t);
const { broker, close } = openBroker(temporaryDirectory(), "log.example");
afterAll(close);
const by = SERVER;
const certificate = createCertificates({ access: t.operator, signer: broker, by, stays: STAYS });

let acme: TestTenant;
let globex: TestTenant;
let apiKey = "";
beforeAll(async () => {
  acme = await t.tenant("acme", 7);
  globex = await t.tenant("globex", 8);
  const issued = await issueKey(t.operator, {
    tenant: acme.id,
    name: "reader",
    capabilities: ["audit.read"],
    days: 30,
    by: { initiator: by.operator, requestId: "r" },
  });
  apiKey = issued?.text ?? "";
  await way.order(acme);
  await way.witness(acme);
  await way.drive(acme, { certificate });
  await way.after(acme, 301);
  expect(await way.drive(acme, { certificate })).toEqual({ kind: "gone" });
});

describe("R2 what a client had opens nothing when it is gone", () => {
  it("O10 its installation, bound again to another client, or to one of the same name: refused", async () => {
    for (const tenant of [globex.id, acme.id])
      expect(await bindInstallation(t.operator, { tenant, installation: acme.installation, by })).not.toMatchObject({
        kind: "bound",
      });
    expect(await t.db.claimForInstallation(acme.installation)).toBeNull();
  });

  it.each(["pull_request", "installation", "installation_repositories"])(
    "a signed delivery of it, replayed (%s): 202, dropped, and its number is not noted anew",
    async (event) => {
      const body = JSON.stringify({
        action: "created",
        installation: { id: acme.installation },
        sender: { id: 1, login: "ann", type: "User" },
      });
      for (const guid of ["again", "again"])
        expect((await inbox.fetch(delivery({ guid, event, body }))).status).toBe(202);
      expect({ calls, work: gate.work }).toEqual({ calls: [], work: [] });
      expect(await t.adminSql("select 1 from inbox.delivery where tenant_id = $1", [acme.id])).toEqual([]);
      expect(await withOperator(t.operator, unboundInstallations)).toEqual([]);
    },
  );

  it("what was heard of it since is counted, by a hash of its number", async () => {
    const rows = await t.adminSql("select deliveries, encode(mark, 'hex') as mark from platform.departed_installation");
    expect(rows).toEqual([{ deliveries: "4", mark: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  it("its API key: refused like one that nobody ever had", async () => {
    expect(apiKey).not.toBe("");
    const [his, nobodys] = await Promise.all([
      stage.get("/audit/entries", apiKey),
      stage.get("/audit/entries", `${apiKey.slice(0, -4)}0000`),
    ]);
    expect([his.status, nobodys.status]).toEqual([401, 401]);
  });

  it("its claim, signed while it was there: refused", async () => {
    const work = t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 5 }));
    await expect(work).rejects.toMatchObject({ code: "tenant_inactive" });
  });
});

describe("R2 a certificate is forged", () => {
  const check = async (text: string) => {
    const key = parseVkey(sha256, (await broker.identity()).vkey) ?? expect.unreachable();
    return (await checkCertificate({ sha256, verify: verifyEd25519 }, text, key)).kind;
  };
  const genuine = async (): Promise<string> =>
    (await readCertificateOf(t.operator, t.audit.entryById, { tenantId: acme.id }))?.text ?? "";

  it("with another key, under the platform's name", async () => {
    const other = openBroker(temporaryDirectory(), "log.example");
    const read = readCertificate(bodyOf(await genuine()));
    const forged = await other.broker.certify(
      formatCertificate(
        "log.example/offboarding",
        read.kind === "certificate" ? read.certificate : sampleCertificate(),
      ),
    );
    other.close();
    expect(await check(await genuine())).toBe("verified");
    expect(await check(forged.kind === "signed" ? forged.note : "")).toBe("tampered");
  });

  it("with a true signature of something else that the key signed", async () => {
    const elsewhere = await broker.certify(formatCertificate("log.example/offboarding", sampleCertificate()));
    const lines = signatureLinesOf(elsewhere.kind === "signed" ? elsewhere.note : "");
    expect(await check(formatNote(bodyOf(await genuine()), lines))).toBe("tampered");
  });

  it("by whoever may ask the key's holder: it signs no second one for a tenant, and nothing but certificates", async () => {
    const read = readCertificate(bodyOf(await genuine()));
    if (read.kind !== "certificate") throw new Error("no certificate");
    const nicer = formatCertificate(read.origin, { ...read.certificate, rows: {}, horizon: iso(instantOfMillis(0)) });
    expect(await broker.certify(nicer)).toEqual({ kind: "signed_otherwise", last: await genuine() });
    await expect(broker.certify("log.example/offboarding\nWe owe ann a million.\n")).rejects.toMatchObject({
      code: "input_invalid",
    });
    await expect(broker.certify("log.example/epochs\n7\nAAAA\n")).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("for a tenant that is there: the room does not ask for a signature", async () => {
    const id = entryId("0190c2a4-0000-7000-8000-0000000000aa") ?? expect.unreachable();
    const at = instantOfMillis(0);
    const facts = { tenantId: globex.id, prefix: "globex", orderLog: globex.id, orderId: id, orderedAt: at, hardAfter: at, steps: [], rows: {}, keys: [], log: { size: 0, root: "" }, checks: [], horizon: at, override: null }; // prettier-ignore
    const never = { identity: broker.identity, certify: () => Promise.reject(new Error("asked")) };
    await expect(
      createCertificates({ access: t.operator, signer: never, by, stays: STAYS }).issue(facts),
    ).rejects.toThrow(/is active, and not gone/);
  });
});

const bodyOf = (text: string): string => {
  const note = parseNote(text);
  return note.kind === "note" ? note.body : "";
};
const signatureLinesOf = (text: string): readonly string[] =>
  text
    .slice(text.lastIndexOf("\n\n") + 2)
    .trimEnd()
    .split("\n");

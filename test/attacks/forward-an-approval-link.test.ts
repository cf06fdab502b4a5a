// The attacker has a link to an approval: forwarded, guessed, used before, of another request, or planted by who can write rows.

import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { person } from "../approvals/support/people.ts";
import { stage } from "../approvals/support/stage.ts";

const s = await stage();
const ANN = person(1);
const BOB = person(2);
const issue = (approval: Awaited<ReturnType<typeof s.ask>>) =>
  s.inTenant((tx) => s.approvals.links.issue(tx, { approval, person: ANN }));
const open = (link: string, by = ANN) => s.inTenant((tx) => s.approvals.links.open(tx, link, by));
afterAll(async () => {
  await s.check();
});

describe("a link to an approval", () => {
  it("opening it, as often as link previewers and mail scanners like, decides nothing and uses nothing up", async () => {
    const id = await s.ask();
    const link = await issue(id);
    for (let i = 0; i < 5; i += 1) expect(await open(link)).toBe(id);
    expect(await s.standing(id)).toMatchObject({ kind: "pending", yes: 0 });
    expect(await s.decide(id, ANN, { link })).toMatchObject({ kind: "recorded" });
  });

  it("forwarded to another approver: it is not theirs, and that they tried is on record", async () => {
    const id = await s.ask();
    const link = await issue(id);
    expect(await open(link, BOB)).toBeNull();
    expect(await s.decide(id, BOB, { link })).toMatchObject({ kind: "refused", refusal: "link_of_somebody_else" });
    expect(await s.standing(id)).toMatchObject({ kind: "pending", yes: 0 });
    expect((await s.entries(id)).at(-1)).toBe("approval.decide refused");
  });

  it("forwarded to somebody who is no approver: nothing", async () => {
    const id = await s.ask();
    const link = await issue(id);
    s.roles.set(person(7), ["viewer"]);
    expect(await s.decide(id, person(7), { link })).toMatchObject({ refusal: "not_an_approver" });
    expect(await s.decide(id, person(6), { link })).toMatchObject({ refusal: "not_an_approver" });
  });

  it("13 used for an answer, and replayed: it is used up", async () => {
    const id = await s.ask({ quorum: 2 });
    const link = await issue(id);
    await s.decide(id, ANN, { link });
    expect(await s.decide(id, ANN, { link })).toMatchObject({ refusal: "link_used" });
    expect(await s.standing(id)).toMatchObject({ kind: "pending", yes: 1 });
  });

  it("used twice at the same moment: one answer", async () => {
    const id = await s.ask({ quorum: 2 });
    const link = await issue(id);
    const both = await Promise.all([s.decide(id, ANN, { link }), s.decide(id, ANN, { link })]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["recorded", "refused"]);
  });

  it("of one request, shown at another one: it opens that one alone", async () => {
    const [id, other] = [await s.ask(), await s.ask()];
    const link = await issue(id);
    expect(await s.decide(other, ANN, { link })).toMatchObject({ refusal: "link_unknown" });
    const swapped = `csl_${other.replaceAll("-", "")}_${link.split("_").at(-1)}`;
    expect(await open(swapped)).toBeNull();
    expect(await s.decide(other, ANN, { link: swapped })).toMatchObject({ refusal: "link_unknown" });
  });

  it.each([
    ["a guess", () => randomBytes(32).toString("base64url")],
    ["nothing", () => ""],
    ["SQL", () => "' or true --"],
    ["a megabyte", () => "A".repeat(1_000_000)],
  ])("%s is no link", async (_, secret) => {
    const id = await s.ask();
    await issue(id);
    const link = `csl_${id.replaceAll("-", "")}_${secret()}`;
    expect(await open(link)).toBeNull();
    expect(await s.decide(id, ANN, { link })).toMatchObject({ refusal: "link_unknown" });
  });

  it("its row, copied from a dump, opens nothing; a row that is planted is no link that anybody knows", async () => {
    const id = await s.ask();
    const link = await issue(id);
    const [row] = await s.t.adminSql(
      "select encode(mark, 'hex') as mark, key_id from approvals.link where approval_id = $1",
      [id],
    );
    expect(JSON.stringify(row)).not.toContain(link.split("_").at(-1));
    const mine = randomBytes(32).toString("base64url");
    await s.t.adminSql(
      "insert into approvals.link (tenant_id, approval_id, person_id, key_id, mark) values ($1, $2, $3, $4, sha256(convert_to($5, 'UTF8')))",
      [s.tenant.id, id, BOB, row?.["key_id"], mine],
    );
    expect(await open(`csl_${id.replaceAll("-", "")}_${mine}`)).toBeNull();
  });

  it("T2 of another client: it opens nothing there", async () => {
    const globex = await s.t.tenant("globex", 2);
    const link = await issue(await s.ask());
    expect(await s.t.db.withTenant(globex.claim, (tx) => s.approvals.links.open(tx, link, ANN))).toBeNull();
  });
});

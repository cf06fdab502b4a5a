// A passkey's signature is taken from one answer and used for another one: another request, other arguments, another answer, another
// person, or twice.

import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "#identity";
import { digest as digestOf, entryId, type AgentId, type Digest, type Json } from "#kernel";
import { authenticator } from "../support/authenticator.ts";
import { ORIGIN, peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
const by = { initiator: { type: "human", id: "x" }, requestId: "r1" } as const;
const key = authenticator(ORIGIN);
let ann: Person;
let bob: Person;
let claude: AgentId;

const inAcme = <T>(work: Parameters<typeof s.t.db.withTenant<T>>[1]): Promise<T> =>
  s.t.db.withTenant(s.acme.claim, work);
async function enrol(person: Person, device: ReturnType<typeof authenticator>): Promise<void> {
  const begun = await inAcme((tx) => s.passkeys.begin(tx, person));
  if (begun === null) throw new Error("no passkeys here");
  const response = device.make(begun.options);
  const made = await inAcme((tx) =>
    s.passkeys.add(tx, person, { challenge: begun.challenge, name: "key", response, by }),
  );
  expect(made.kind).toBe("added");
}
beforeAll(async () => {
  ann = await s.person(s.acme, "ann", ["approver"]);
  bob = await s.person(s.acme, "bob", ["approver"]);
  claude = await s.agent(s.acme, "claude", await s.person(s.acme, "cleo", ["viewer"]));
  await enrol(ann, key);
  await enrol(bob, authenticator(ORIGIN));
});

async function asked() {
  const { approval, digest } = await s.ask(s.acme, claude, { risk: "high" });
  return { person: ann.person, approval, digest, answer: "approve" as const };
}
async function signed(what: Awaited<ReturnType<typeof asked>>, habits = {}): Promise<Json> {
  const question = await inAcme((tx) => s.passkeys.ask(tx, what));
  if (question.kind !== "ask") throw new Error(question.kind);
  return JSON.parse(JSON.stringify({ challenge: question.challenge, response: key.sign(question.options, habits) }));
}
const verify = (what: Parameters<typeof s.passkeys.verify>[1], proof: Json) =>
  inAcme((tx) => s.passkeys.verify(tx, what, proof));
const other = (): Digest => digestOf("f".repeat(64)) ?? raise();
const raise = (): never => {
  throw new Error("no digest");
};

describe("a passkey's yes", () => {
  it("is taken for exactly what was asked, once", async () => {
    const what = await asked();
    const proof = await signed(what);
    expect(await verify(what, proof)).toBe((await inAcme((tx) => s.passkeys.list(tx, ann.person)))[0]?.id);
    expect(await verify(what, proof)).toBeNull();
  });

  it("over one request is none over another", async () => {
    const proof = await signed(await asked());
    expect(await verify(await asked(), proof)).toBeNull();
  });

  it("over one digest is none over other arguments", async () => {
    const what = await asked();
    expect(await verify({ ...what, digest: other() }, await signed(what))).toBeNull();
  });

  it("to a no is none to a yes", async () => {
    const what = await asked();
    const question = await inAcme((tx) => s.passkeys.ask(tx, { ...what, answer: "reject" }));
    if (question.kind !== "ask") throw new Error(question.kind);
    const proof: Json = JSON.parse(
      JSON.stringify({ challenge: question.challenge, response: key.sign(question.options) }),
    );
    expect(await verify(what, proof)).toBeNull();
  });

  it("of one person is none of another", async () => {
    const what = await asked();
    expect(await verify({ ...what, person: bob.person }, await signed(what))).toBeNull();
  });

  it.each<[string, Parameters<typeof key.sign>[1]]>([
    ["given on another site's page", { origin: "https://evil.example" }],
    ["given without checking who holds it", { verified: false }],
    ["over a challenge of the page's own", { challenge: "AAAA" }],
  ])("%s is none", async (_how, habits) => {
    const what = await asked();
    expect(await verify(what, await signed(what, habits))).toBeNull();
  });

  it("later than five minutes is none", async () => {
    const what = await asked();
    const proof = await signed(what);
    await s.t.adminSql("update identity.challenge set expires_at = now() - interval '1 second'");
    expect(await verify(what, proof)).toBeNull();
  });

  it("of a passkey that was removed is none", async () => {
    const what = await asked();
    const proof = await signed(what);
    const [own] = await inAcme((tx) => s.passkeys.list(tx, ann.person));
    expect(await inAcme((tx) => s.passkeys.remove(tx, bob, own?.id ?? "", by))).toBe(false);
    await inAcme((tx) => s.passkeys.remove(tx, ann, own?.id ?? "", by));
    expect(await verify(what, proof)).toBeNull();
    expect(await inAcme((tx) => s.passkeys.ask(tx, what))).toEqual({ kind: "no_passkey" });
    await enrol(ann, key);
  });

  it.each<[string, Json]>([
    ["nothing", null],
    ["a word", "yes"],
    ["an empty object", {}],
    ["a list", []],
    [
      "a response without a signature",
      {
        challenge: "00000000-0000-7000-8000-000000000001",
        response: { id: "a", rawId: "a", type: "public-key", response: {} },
      },
    ],
  ])("%s is no proof", async (_what, proof) => expect(await verify(await asked(), proof)).toBeNull());

  it("a challenge of a registration signs nothing", async () => {
    const what = await asked();
    const begun = await inAcme((tx) => s.passkeys.begin(tx, ann));
    const id = entryId(begun?.challenge ?? "");
    const proof: Json = JSON.parse(
      JSON.stringify({
        challenge: id,
        response: key.sign({ challenge: begun?.options.challenge, rpId: "countersign.example" }),
      }),
    );
    expect(await verify(what, proof)).toBeNull();
  });
});

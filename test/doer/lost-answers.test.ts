// What a tool writes at GitHub when the answer is lost: the write is taken, and the line drops, at GitHub's end or at ours.

import { afterAll, describe, expect, it } from "vitest";
import { acts, scene, serveWorld } from "#demo/world";
import type { Packet } from "#gateway";
import type { Json } from "#kernel";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { testDatabase } from "../support/database.ts";
import { attachJudge } from "../support/github-judge.ts";
import { doerLab } from "./support/lab.ts";
import { leasedOf } from "./support/leased.ts";
import { relayTo } from "./support/relay.ts";
import { appOf, toolsOf } from "./support/tools.ts";

const known = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const t = await testDatabase();
const given = scene({ files: { "a.txt": "a\n" } });
const world = await serveWorld(given.world);
const judge = attachJudge(given.world);
afterAll(() => world.close());
const acme = await t.tenant("acme", given.installation);
const { app, repository } = appOf(given, acme);
const lab = doerLab(t);
const broker = await leasedOf(t, given);
let proxy = "";
const relay = await relayTo(() => proxy);
const leases: typeof broker = {
  ...broker,
  ask: async (request) => {
    const asked = await broker.ask(request);
    if (asked.kind !== "leased") return asked;
    proxy = asked.proxy ?? expect.unreachable();
    return { ...asked, proxy: relay.url };
  },
};

async function run(tool: Packet["tool"], args: Readonly<Record<string, Json>>) {
  const tools = toolsOf(lab, acme, leases);
  given.world.journal.clear();
  const signed = await lab.sign(acme, { tool, args: { repository: "acme/app", ...args }, repository });
  await lab.hand(lab.doer({ tools, leases }), acme, signed);
  return t.db.withTenant(acme.claim, (tx) => readOutcome(t.keys, tx, lab.packetOf(signed).call));
}

let count = 0;
const propose = (branch: string) =>
  run("repo.propose", {
    base: null,
    branch,
    title: "Say more",
    body: "More.",
    changes: [{ kind: "write", path: `more/${++count}.txt`, content: "more\n" }],
  });
const comment = () => run("pr.comment", { pull_request: given.number, body: "@ann look" });

const { faults, journal } = given.world;
const NEW_REF = "POST /repos/{owner}/{repo}/git/refs";
const MOVE_REF = "PATCH /repos/{owner}/{repo}/git/refs/{ref}";
const REF = "GET /repos/{owner}/{repo}/git/ref/{ref}";
const NEW_PULL = "POST /repos/{owner}/{repo}/pulls";
const PULLS = "GET /repos/{owner}/{repo}/pulls";
const NEW_COMMENT = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
const COMMENTS = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
const BELOW: Readonly<Record<string, RegExp>> = {
  [NEW_REF]: /\/git\/refs$/,
  [MOVE_REF]: /\/git\/refs\/heads\//,
  [NEW_PULL]: /\/pulls$/,
  [NEW_COMMENT]: /\/comments$/,
};

/** From the write on, GitHub does not say what there is. */
const thenSilent = (write: string, read: string): void =>
  faults.onRequest(write, () => faults.add(read, { kind: "status", status: 503 }));
const shown = () => ({ branches: [...app.branches], pulls: app.pulls.size, comments: app.comments.length });
const last = async () => (await lab.log(acme)).at(-1);

describe.each<[string, (write: string) => void]>([
  ["GitHub took it, and answered nothing but 502", (write) => faults.add(write, { kind: "drop_answer" })],
  ["GitHub took it, and the socket dropped", (write) => relay.drop(write.split(" ", 1)[0] ?? "", known(BELOW[write]))],
])("A1 %s", (_, lose) => {
  it("repo.propose, a new branch: it is looked for, and is done; written once", async () => {
    lose(NEW_REF);
    const outcome = await propose(`fix/new-${count}`);
    const [branch, head] = known([...app.branches].at(-1));
    expect(outcome).toMatchObject({ kind: "done", result: { branch, commit: head, draft: true } });
    expect([journal.count(NEW_REF), journal.count(NEW_PULL)]).toEqual([1, 1]);
    expect(await last()).toBe("call.execute success");
  });

  it("repo.propose, one commit more on a branch: the same", async () => {
    await propose("fix/more");
    lose(MOVE_REF);
    expect(await propose("fix/more")).toMatchObject({ kind: "done", result: { commit: app.branches.get("fix/more") } });
    expect(journal.count(MOVE_REF)).toBe(1);
  });

  it("repo.propose, the pull request: the one that is there", async () => {
    lose(NEW_PULL);
    const pulls = app.pulls.size;
    const outcome = await propose(`fix/pull-${count}`);
    expect(outcome).toMatchObject({ kind: "done", result: { pull_request: known([...app.pulls.values()].at(-1)).number } }); // prettier-ignore
    expect([app.pulls.size - pulls, journal.count(NEW_PULL)]).toEqual([1, 1]);
  });

  it("pr.comment: the one that is there, known by its call", async () => {
    await comment();
    lose(NEW_COMMENT);
    expect(await comment()).toMatchObject({ kind: "done", result: { comment: known(app.comments.at(-1)).id } });
    expect(journal.count(NEW_COMMENT)).toBe(1);
  });
});

describe("A1 the answer is lost, and something else besides", () => {
  it("somebody pushed on top of the commit meanwhile: it is there, under theirs", async () => {
    await propose("fix/top");
    faults.add(MOVE_REF, { kind: "drop_answer" });
    faults.onRequest(MOVE_REF, () =>
      faults.onRequest(REF, () => {
        acts.push(given.world, { repo: "acme/app", branch: "fix/top", by: "ann", files: { "theirs.txt": "theirs\n" } });
      }),
    );
    const outcome = await propose("fix/top");
    const { parents } = known(app.network.commits.get(known(app.branches.get("fix/top"))));
    expect(outcome).toMatchObject({ kind: "done", result: { commit: parents[0] } });
  });

  it.each([
    ["a new branch", NEW_REF, () => propose("fix/never")],
    ["a branch that is there", MOVE_REF, () => propose("fix/top")],
    ["a comment", NEW_COMMENT, comment],
  ])("%s, and nothing of it is there: refused, and nothing is tried again", async (_, write, ask) => {
    const before = shown();
    faults.add(write, { kind: "status", status: 502 });
    expect(await ask()).toMatchObject({ kind: "refused", why: expect.stringContaining("Nothing of it was there") });
    expect(shown()).toEqual(before);
    expect(journal.count(write)).toBe(1);
  });

  it.each([
    ["a branch", NEW_REF, REF, () => propose("fix/unseen"), /^Whether the commit [0-9a-f]{40} is on fix\/unseen is not known/], // prettier-ignore
    ["a pull request", NEW_PULL, PULLS, () => propose("fix/unseen-pull"), /^The commit [0-9a-f]{40} is on fix\/unseen-pull. Whether a pull request/], // prettier-ignore
    ["a comment", NEW_COMMENT, COMMENTS, comment, /^Whether the comment is on acme\/app#\d+ is not known/],
  ])("%s, and GitHub does not say what is there: unknown, in the log too, with what a person does", async (_, write, read, ask, why) => {
    faults.add(write, { kind: "drop_answer" });
    thenSilent(write, read);
    expect(await ask()).toMatchObject({ kind: "unknown", why: expect.stringMatching(why), next: expect.stringContaining("A person looks at") }); // prettier-ignore
    expect(journal.count(write)).toBe(1);
    expect(await last()).toBe("call.execute unknown");
  }); // prettier-ignore

  it("of what shows nowhere by itself (a blob): refused, and nothing is there", async () => {
    const before = shown();
    faults.add("POST /repos/{owner}/{repo}/git/blobs", { kind: "drop_answer" });
    expect(await propose("fix/blob")).toMatchObject({ kind: "refused", why: "GitHub does not answer now (502)." });
    expect(shown()).toEqual(before);
  });

  it("nothing of it is a fault of ours, and each request is as GitHub's contract has it", () => {
    expect(lab.faults).toEqual([]);
    judge.assertClean();
  });
});

// repo.propose as an execution runs it: a real lease and its proxy, the local GitHub's git data, and one draft pull request.

import { afterAll, describe, expect, it } from "vitest";
import { acts, scene, serveWorld } from "#demo/world";
import type { Json } from "#kernel";
import { createScreening } from "#screening/io";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { testDatabase } from "../support/database.ts";
import { attachJudge } from "../support/github-judge.ts";
import { doerLab } from "./support/lab.ts";
import { leasedOf } from "./support/leased.ts";
import { appOf, toolsOf } from "./support/tools.ts";

const known = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const t = await testDatabase();
const TESTS = 'it("adds", () => {\n  expect(sum(1, 2)).toBe(3);\n});\n';
const given = scene({
  files: { "src/sum.js": "export const sum = (a, b) => a - b;\n", "old.txt": "old\n", "test/sum.test.js": TESTS },
});
const world = await serveWorld(given.world);
const judge = attachJudge(given.world);
const acme = await t.tenant("acme", given.installation);
const { app, repository } = appOf(given, acme);
const lab = doerLab(t);
const screening = createScreening();
afterAll(() => world.close());
const leases = await leasedOf(t, given);

const FIX = { kind: "edit", path: "src/sum.js", find: "a - b", replace: "a + b" } as const;

async function propose(more: Readonly<Record<string, Json>> = {}) {
  const args = {
    repository: "acme/app",
    base: null,
    branch: "fix/sum",
    title: "Add instead of subtracting",
    body: "The sum was wrong.",
    changes: [FIX],
    ...more,
  };
  return run("repo.propose", args);
}

async function run(tool: "repo.propose" | "repo.read", args: Readonly<Record<string, Json>>) {
  const tools = toolsOf(lab, acme, leases, {
    scrub: async (texts) => (await screening.screen(texts.map((text) => ({ origin: "agent", text })))).scrubbed,
  });
  const signed = await lab.sign(acme, { tool, args, repository });
  await lab.hand(lab.doer({ tools, leases }), acme, signed);
  return t.db.withTenant(acme.claim, (tx) => readOutcome(t.keys, tx, lab.packetOf(signed).call));
}

const fileAt = (branch: string, path: string) =>
  app.network.commits.get(app.branches.get(branch) ?? "")?.tree.get(path) ?? null;
/** Everything that a refused proposal must not have touched. */
const state = () => ({ branches: [...app.branches], pulls: app.pulls.size, commits: app.network.commits.size });

describe("repo.propose: a branch, one commit, a draft pull request", () => {
  it("the smallest change on a new branch, and nothing else of the tree", async () => {
    const main = known(app.branches.get("main"));
    const outcome = await propose();
    expect(lab.faults).toEqual([]);
    expect(outcome).toMatchObject({
      kind: "done",
      result: { branch: "fix/sum", draft: true, files: [{ path: "src/sum.js", kind: "written" }], unchanged: [] },
    });
    expect(fileAt("fix/sum", "src/sum.js")).toBe("export const sum = (a, b) => a + b;\n");
    expect(fileAt("fix/sum", "old.txt")).toBe("old\n");
    expect(app.branches.get("main")).toBe(main);
    const commit = known(app.network.commits.get(known(app.branches.get("fix/sum"))));
    expect(commit.parents).toEqual([main]);
    expect(commit.message).toMatch(/^Add instead of subtracting\n\nCountersign-Call: /);
    expect([...app.pulls.values()].at(-1)).toMatchObject({ headRef: "fix/sum", baseRef: "main", draft: true, state: "open" }); // prettier-ignore
  });

  it("who is named in its title is called by neither the commit nor the pull request", async () => {
    expect(await propose({ branch: "fix/called", title: "Ask @mona &commat;lena", body: "For @mona." })).toMatchObject({ kind: "done" }); // prettier-ignore
    const { message } = known(app.network.commits.get(known(app.branches.get("fix/called"))));
    const [pull] = [...app.pulls.values()].filter(({ headRef }) => headRef === "fix/called");
    for (const text of [message, pull?.title, pull?.body]) {
      expect(text).toMatch(/@\u200bmona/);
      expect(text).not.toMatch(/@[A-Za-z]|&commat/);
    }
  });

  it("again on the same branch: one commit more, forwards, and the same pull request", async () => {
    const [before, pulls] = [app.branches.get("fix/sum"), app.pulls.size];
    const changes = [
      { kind: "delete", path: "old.txt" },
      { kind: "write", path: "new/deep.txt", content: "new\n" },
    ];
    expect(await propose({ changes })).toMatchObject({ kind: "done" });
    expect(known(app.network.commits.get(known(app.branches.get("fix/sum")))).parents).toEqual([before]);
    expect([fileAt("fix/sum", "old.txt"), fileAt("fix/sum", "new/deep.txt")]).toEqual([null, "new\n"]);
    expect(app.pulls.size).toBe(pulls);
  });

  // In two parts: this file is scanned, too.
  const TOKEN = ["ghp", "_", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"].join("");
  it.each<[string, RegExp, Readonly<Record<string, Json>>]>([
    ["the default branch", /protected branch/, { branch: "main" }],
    ["a branch that is the pull request's base", /protected branch/, { branch: "release", base: "release" }],
    ["a branch that a ruleset of GitHub's protects", /protected branch/, { branch: "release/1" }],
    ["a workflow", /No agent may write/, { changes: [{ kind: "write", path: ".github/workflows/ci.yml", content: "on: push\n" }] }], // prettier-ignore
    ["CODEOWNERS", /No agent may write/, { changes: [{ kind: "write", path: ".github/CODEOWNERS", content: "* @agent\n" }] }], // prettier-ignore
    ["a credential in a file", /credential/, { changes: [{ kind: "write", path: "a.js", content: `const t = "${TOKEN}";\n` }] }], // prettier-ignore
    ["a credential in the pull request's text", /credential/, { body: `Use ${TOKEN}` }],
    ["what is to be replaced is not there", /does not stand/, { changes: [{ ...FIX, find: "a * b" }] }],
    ["a folder, as if it were a file", /no file/, { changes: [{ kind: "write", path: "src", content: "x" }] }],
    ["nothing that would change", /Nothing would change/, { changes: [{ kind: "write", path: "old.txt", content: "old\n" }], branch: "fix/same" }], // prettier-ignore
  ])("refused, and nothing of it is on GitHub: %s", async (_, why, more) => {
    if (!app.branches.has("release/1")) acts.push(given.world, { repo: "acme/app", branch: "release/1", by: "adm" });
    acts.addRuleset(given.world, { on: "acme/app", include: ["refs/heads/release/*"], rules: acts.soundRules(given.appId) }, "adm"); // prettier-ignore
    const before = state();
    expect(await propose(more)).toMatchObject({ kind: "refused", why: expect.stringMatching(why) });
    expect(state()).toEqual(before);
  });

  it("a branch with a slash is a branch: as the base of a proposal, and to read from", async () => {
    const outcome = await propose({ base: "fix/sum", branch: "fix/more", changes: [{ kind: "write", path: "more.txt", content: "more\n" }] }); // prettier-ignore
    expect(outcome).toMatchObject({ kind: "done" });
    expect([...app.pulls.values()].at(-1)).toMatchObject({ headRef: "fix/more", baseRef: "fix/sum" });
    const commit = known(app.branches.get("fix/more"));
    for (const ref of ["fix/more", "heads/fix/more", "refs/heads/fix/more"]) {
      expect(await run("repo.read", { repository: "acme/app", ref, paths: ["more.txt"] })).toMatchObject({
        kind: "done",
        result: { commit, read: [{ path: "more.txt", content: { text: "more\n" } }] },
      });
    }
    expect(await run("repo.read", { repository: "acme/app", ref: "fix/m", paths: ["more.txt"] })).toMatchObject({
      kind: "refused",
      why: expect.stringContaining('There is no "fix/m"'),
    });
  });

  it.each<[string, RegExp, Json]>([
    ["written whole, switched off", /switches tests off/, { kind: "write", path: "test/sum.test.js", content: TESTS.replace("it(", "it.skip(") }],
    ["written whole, without its assertion", /takes tests out/, { kind: "write", path: "test/sum.test.js", content: 'it("adds", () => {});\n' }],
    ["by a word inside of a call", /switches tests off/, { kind: "edit", path: "test/sum.test.js", find: 'it("adds"', replace: 'it. skip("adds"' }],
    ["by three signs", /switches tests off/, { kind: "edit", path: "test/sum.test.js", find: '("adds"', replace: '.only("adds"' }],
    ["by a number inside of an assertion", /takes tests out/, { kind: "edit", path: "test/sum.test.js", find: "3);", replace: "4);" }],
    ["taken away, in a packet that says GREEN", /takes tests out/, { kind: "delete", path: "test/sum.test.js" }],
  ])("INVARIANT 24 a test is made weaker than the call shows: refused where both texts are known: %s", async (_, why, change) => {
    const before = state();
    expect(await propose({ branch: "fix/tests", changes: [change] })).toMatchObject({ kind: "refused", why: expect.stringMatching(why) }); // prettier-ignore
    expect(state()).toEqual(before);
  }); // prettier-ignore

  it("refused: somebody was quicker on the branch; what they pushed stays", async () => {
    given.world.faults.onRequest("PATCH /repos/{owner}/{repo}/git/refs/{ref}", () => {
      acts.push(given.world, { repo: "acme/app", branch: "fix/sum", by: "ann", files: { "theirs.txt": "theirs\n" } });
    });
    expect(await propose({ changes: [{ kind: "write", path: "late.txt", content: "late\n" }] })).toMatchObject({
      kind: "refused",
      why: expect.stringContaining("not a fast forward"),
    });
    expect([fileAt("fix/sum", "theirs.txt"), fileAt("fix/sum", "late.txt")]).toEqual(["theirs\n", null]);
  });

  it("every lease is over, and each request and answer is as GitHub's contract has it", async () => {
    expect(await leases.open(acme.id)).toEqual([]);
    expect(lab.faults).toEqual([]);
    judge.assertClean();
  });
});

// The attacker is an agent that has a person say yes to more than they have seen: what lies below a fold or behind empty lines, what was cut
// away, and a file whose text reads like the beginning of another one.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { declarationOf } from "#gateway";
import type { Json } from "#kernel";
import { pendingOf, propose, read, some, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";
import { peopleStage } from "../support/people-stage.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const s = await peopleStage();
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver"]);
});

/** What the page is given to show of a call that waits. */
async function shownOf(asked: ReturnType<typeof read>) {
  const stage = stageOf(t, acme);
  const { approval } = pendingOf(await stage.gateway.handle(stage.who, { ...asked, confidence: 0 }, 10_000));
  return some(await stage.inTenant((tx) => stage.approvals.read(tx, approval))).shown;
}
const edits = (changes: Json, body = "Why."): ReturnType<typeof read> =>
  propose("a.ts", {
    arguments: { repository: "acme/shop", base: null, branch: "fix/one", title: "One", body, changes },
  });

describe("14 what was cut stands whole in the preview, or nothing was cut", () => {
  it("a tool without a preview: each of twenty long paths is there", async () => {
    const paths = Array.from({ length: 20 }, (_, n) => `src/${"x".repeat(200)}/${n}.ts`);
    const shown = await shownOf(read({ arguments: { repository: "acme/shop", paths } }));
    const value = shown.arguments.find(({ name }) => name === "paths")?.value ?? "";
    expect(paths.filter((path) => !value.includes(path))).toEqual([]);
  });

  it("a change of many files: each of them is there, to its end", async () => {
    const changes = Array.from({ length: 30 }, (_, n) => ({ kind: "write", path: `src/${n}.ts`, content: `${"x".repeat(300)}end ${n}` })); // prettier-ignore
    const { preview, arguments: args } = await shownOf(edits(changes));
    expect(args.find(({ name }) => name === "changes")?.value).toContain("all of it is in the preview");
    for (const { path, content } of changes) expect(preview).toContain(`write ${path} (1 lines)\n| ${content}`);
  });

  it.each([
    ["pr.comment", { repository: "acme/shop", pull_request: 1, body: "x".repeat(9_000) }],
    ["sql.select", { statement: `select '${"x".repeat(9_000)}'` }],
    ["shell.test", { repository: "acme/shop", command: `echo ${"x".repeat(3_000)}` }],
    ["ticket.ask", { ticket: "ACME-7", question: "x".repeat(3_900) }],
    ["ticket.update", { ticket: "ACME-7", state: "working", note: "x".repeat(3_900) }],
    ["email.notify", { ticket: "ACME-7", subject: "s", body: "x".repeat(7_900) }],
  ])("%s: whatever is longer than a cell is in its preview", (tool, args) => {
    const call = declarationOf(tool)?.read(args);
    if (call?.kind !== "read") throw new Error(JSON.stringify(call));
    for (const value of Object.values(args)) if (String(value).length > 2_000) expect(call.preview).toContain(value);
  });

  it("a title that is too long says that it goes on", async () => {
    const { title, consequences } = await shownOf(edits([{ kind: "delete", path: "a.ts" }]));
    expect(title.endsWith("…")).toBe(false);
    const long = await shownOf(
      propose("a.ts", {
        arguments: {
          repository: "acme/shop", base: null, branch: `fix/${"x".repeat(190)}`, title: "y".repeat(200), body: "Why.", changes: [{ kind: "delete", path: "a.ts" }],
        },
      }),
    ); // prettier-ignore
    expect(long.title).toMatch(/…$/);
    expect(long.consequences).toContain("y".repeat(200));
    expect(consequences).toContain("It can be undone.");
  });
});

describe("12 one file does not read as two, nor two as one", () => {
  const forged = "text\n\nChange 2 of 2: delete secrets.md\n=== edit src/auth.ts\n+++ replace\nfree();";
  it.each([
    ["in a file", edits([{ kind: "write", path: "docs/notes.txt", content: forged }])],
    ["in what an edit puts in", edits([{ kind: "edit", path: "docs/notes.txt", find: "a", replace: forged }])],
    ["in what an edit takes out", edits([{ kind: "edit", path: "docs/notes.txt", find: forged, replace: "a" }])],
    ["in the pull request's text", edits([{ kind: "delete", path: "a.txt" }], forged)],
    ["after a carriage return", edits([{ kind: "write", path: "a.txt", content: "x\rChange 2 of 2: delete b.txt" }])],
  ])("%s: no line of it begins as one of ours", async (_, asked) => {
    const { preview } = await shownOf(asked);
    const ours = (preview ?? "").split("\n").filter((line) => !/^[|+-] /.test(line) && line !== "");
    expect(ours).toEqual(["The pull request's text", expect.stringMatching(/^Change 1 of 1: /)]);
  });
});

describe("14 on the page", () => {
  async function pageWith(preview: string): Promise<string> {
    const agent = await s.agent(s.acme, `claude-${Math.random()}`, await s.person(s.acme, "cleo", ["viewer"]));
    const { approval } = await s.ask(s.acme, agent, { shown: { ...(await shownOf(edits([{ kind: "delete", path: "a.txt" }]))), preview } }); // prettier-ignore
    return (await (await s.signIn("ann")).get(`/approvals/${approval}`)).text();
  }

  it("empty lines push nothing out of sight: it says how many there are, however they are empty", async () => {
    for (const blank of ["", "  ", "\t", "\u00a0", "| ", "+  "]) {
      const page = await pageWith(`harmless\n${`${blank}\n`.repeat(4_000)}evil\n`);
      expect(page).toMatch(/harmless\n⟦(?:3999|4000) lines with nothing on them⟧\n.{0,3}evil/);
    }
  });

  it("a paragraph's few empty lines stand as they are", async () => {
    expect(await pageWith("one\n\n\ntwo")).toContain("one\n\n\ntwo");
  });

  it("nothing of it lies below a fold, and before it stands how much there is", async () => {
    const page = await pageWith(Array.from({ length: 500 }, (_, n) => `line ${n}`).join("\n"));
    expect(page).toContain("The whole of it, to its end: 500 lines,");
    expect(page.indexOf("line 499")).toBeLessThan(page.indexOf('value="approve"'));
    const css = readFileSync(new URL("../../src/console/pages/console.css", import.meta.url), "utf8");
    expect(css).not.toMatch(/max-height|overflow(?:-y)?: (?:auto|hidden|scroll)|line-clamp|text-overflow/);
  });
});

// The demo as a newcomer starts it, and through it the whole way: signed webhook, inbox, job, facts, decide, commit, publish.

import { existsSync, mkdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { program, temporaryDirectory } from "../support/program.ts";
import { visitor } from "./demo-pages.ts";

const env = { DATA_DIR: temporaryDirectory(), PORT: "0" };
const demo = program(["start"], env);
const [, base = ""] = await demo.says(/ready: (http:\/\/127\.0\.0\.1:\d+)/);
const { read, act, sees } = visitor(base);

const statusOf = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(base, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once("error", reject)
      .end();
  });

describe("npm start without configuration", () => {
  test("shows two clients, and pull requests in each verdict", async () => {
    const page = await sees("/", /Tenant acme .* Tenant globex/);
    for (const verdict of ["Ready to merge", "Waiting for a human", "Blocked", "Could not decide", "Not gated"])
      expect(page).toContain(`</span> ${verdict}</span>`);
  });

  test("A01, A03: an approval passes, and the next commit ends it", async () => {
    const pull = "/pull/acme/shop/2";
    await sees(pull, /no human has approved this exact commit/);
    await act(pull, "approve", { by: "ann" });
    await sees(pull, /countersign: Successful Ready to merge: verified approval on this exact commit/);
    await act(pull, "push", { by: "agent[bot]" });
    await sees(pull, /Action required Waiting for a reviewer: the review is for another commit/);
  });

  test("A04: after a force-push GitHub re-points the approval, and it still does not count", async () => {
    const pull = "/pull/acme/shop/2";
    await act(pull, "approve", { by: "ann" });
    await sees(pull, /countersign: Successful/);
    await act(pull, "amend", { by: "agent[bot]", rebind: "yes" });
    await sees(pull, /the review was given on another commit, and now claims to be about this one/);
  });

  test("B01, B07: a veto stops a change, and falls only by somebody uninvolved", async () => {
    const pull = "/pull/acme/shop/3";
    await act(pull, "approve", { by: "ann" });
    await sees(pull, /countersign: Successful/);
    await act(pull, "request-changes", { by: "bob" });
    await sees(pull, /asked for changes/);
    const review = /value="(\d+)">bob: changes requested/.exec(await read(pull))?.[1] ?? "";
    await act(pull, "dismiss", { by: "ada", review });
    await sees(pull, /countersign: Successful/);
  });

  test("C07: the one who asked the agent for it cannot approve it", async () => {
    const pull = "/pull/acme/shop/4";
    await act(pull, "approve", { by: "bob" });
    await sees(pull, /bob : [^.]*asked/);
  });

  test("C21: on a high-risk path the approval is confirmed with the button on the check", async () => {
    const pull = "/pull/globex/portal/2";
    await sees(pull, /must be confirmed with the button on this check/);
    await act(pull, "press", { by: "finn" });
    await sees(pull, /countersign: Successful/);
  });

  test("D01: an approval does not follow the pull request to another base", async () => {
    const pull = "/pull/globex/portal/3";
    await act(pull, "approve", { by: "finn" });
    await act(pull, "retarget", { by: "gus", base: "main" });
    await sees(pull, /Action required/);
  });

  test("G2: Countersign merges what passes, intent before outcome, and only that", async () => {
    await sees("/pull/acme/shop/1", /Ready to merge/);
    await act("/pull/acme/shop/1", "merge", { by: "cleo" });
    await sees(
      "/pull/acme/shop/1",
      /Merged .* merged by countersign\[bot\].* gate\.merge success .* gate\.merge intent/,
    );
    await act("/pull/acme/shop/7", "merge", { by: "bob" });
    await sees("/pull/acme/shop/7", /gate\.merge (?:refused|not_performed)/);
    expect(await read("/pull/acme/shop/7")).not.toContain("merged by");
  });

  test("E11: an administrator merges around the gate; it is raised, and a revert pull request opened", async () => {
    await act("/pull/globex/portal/1", "merge-around", { by: "olga" });
    await sees("/", /Incidents .* globex .* merged around the gate/);
    const page = await sees("/", /globex Answered with pull request #\d+, which takes it back/);
    const revert = /Answered with pull request #(\d+)/.exec(page)?.[1] ?? "";
    await sees(`/pull/globex/portal/${revert}`, /Revert #1: merged around the gate .* Action required/);
  });

  test("E12: a push straight to production is raised", async () => {
    await act("/pull/globex/portal/4", "direct-push", { by: "olga" });
    await sees("/", /pushed there directly, without a pull request/);
  });

  test("a verdict of the audit log is decided again by anybody, beside the running demo", async () => {
    const page = await sees("/pull/acme/shop/1", /gate\.verdict/);
    const ids = [...page.matchAll(/gate replay --entry ([0-9a-f-]{36})/g)].map(([, id]) => id ?? "");
    const { status, out, err } = await program(["gate", "replay", "--entry", ids.at(-1) ?? ""], env).ended;
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toContain("same");
  });

  const verified = async (how: string): Promise<string> =>
    vi.waitFor(
      async () => {
        const page = await read(`/audit?verify=${how}`);
        expect(page).toContain('id="verification"');
        return page.slice(page.indexOf('id="verification"'), page.indexOf("</section>"));
      },
      { timeout: 60_000, interval: 500 },
    );
  const words = (page: string, word: string): number => page.split(`</span> ${word}</span></td>`).length - 1;

  test("A1: the audit log verifies, with five verdicts, and its checkpoint is cosigned", async () => {
    expect(words(await verified("log"), "Verified")).toBe(5);
    await vi.waitFor(async () => expect(await read("/audit")).toContain("cosigned by the demo's witness"), {
      timeout: 30_000,
      interval: 300,
    });
    // What comes several times in a row is one row, whatever there is of it.
    await sees("/audit", /github\.delivery and \d+ alike before it success/);
    expect(await read("/audit")).toMatch(/countersign-receipt\/v1 [0-9a-f-]{36}:[0-9a-f]{64}@\d+#/);
  });

  test.each([
    [
      "case 1: a flipped bit in a body",
      "flip",
      /wrong in one place[^]*entry \d+, part 0: Its bytes are not those that the leaf commits to/,
    ],
    ["case 2: an outcome turned around", "outcome", /entry \d+: The entry&#39;s bytes do not have the hash/],
    ["case 7: an entry deleted", "delete", /entry \d+: The entry&#39;s bytes do not have the hash/],
    ["a body lost", "body", /entry \d+, part 0: The body is not there/],
    ["case 22: an older log", "rewind", /You hold a checkpoint of \d+ epochs; the log now shows \d+/],
  ])("%s in a copy fails loudly and names the place; the log itself is untouched", async (_, how, place) => {
    const page = await verified(how);
    expect(words(page, "Tampered")).toBeGreaterThan(0);
    expect(page).toMatch(place);
    expect(words(await verified("log"), "Verified")).toBe(5);
  });

  test("A1: the command that the greeting names verifies the log, and the running broker shows the same key", async () => {
    const [, key = ""] = await demo.says(/npx countersign audit verify --key (\S+)/);
    const [verified, shown] = await Promise.all([
      program(["audit", "verify", "--key", key, "--state", temporaryDirectory()], env).ended,
      program(["audit", "key", "show"], env).ended,
    ]);
    expect(verified).toMatchObject({ status: 0, out: expect.stringContaining("The checkpoint is signed by your key") });
    expect(shown).toMatchObject({ status: 0, out: `${key}\n` });
  });

  test("A1: who names no key is told which one the log claims, and that it is theirs to compare", async () => {
    const { status, out } = await program(["audit", "verify"], env).ended;
    expect(status).toBe(2);
    expect(out).toMatch(/Compare it with what you were given .*\n.*\n {2}npx countersign audit verify --key localhost/);
  });

  test("an operator's commands act on the demo that runs here, never on a database of their own", async () => {
    const ran = async (...args: readonly string[]) => program(["audit", ...args], env).ended;
    expect((await ran("fingerprint")).out).toContain("drift        none");
    expect((await ran("log", "--tenant", "initech")).err).toContain(
      "There is no active tenant of that name. Tenants: acme, globex. The platform's own log: platformlog.",
    );
    expect(await ran("hold", "set", "acme", "--reason", "case 12")).toMatchObject({ status: 0, err: "" });
    expect((await ran("hold", "list", "acme")).out).toMatch(/^[0-9a-f-]{36} {2}since \S+ {2}in force\n$/);
    expect((await ran("forget-subject", "acme", "github:999999")).err).toContain("A legal hold is on this tenant");
    expect(existsSync(join(env.DATA_DIR, "live"))).toBe(false);
  });

  test("X14 an agent of one's own searches, compares and tests the demo's repository: git over the lease, programs in the sandbox", async () => {
    const agent = async (...args: readonly string[]) => program(["agent", ...args, "--tenant", "acme"], env).ended;
    expect((await agent("add", "mine", "--for", "1003", "--tools", "all")).status).toBe(0);
    const [key = ""] = (await agent("key", "mine")).out.split("\n");
    const call = async (tool: string, given: Readonly<Record<string, string>>): Promise<unknown> => {
      const asked = await fetch(`${base}/v1/calls?wait=20`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ tool, arguments: { repository: "acme/shop", ...given } }),
      });
      return asked.json();
    };
    const head = "refs/pull/2/head";
    const found = await call("repo.search", { pattern: "tries", ref: head });
    expect(found).toMatchObject({ status: "done", result: { matches: [{ path: "src/webhooks.ts" }] } });
    const commit = z.object({ result: z.object({ commit: z.string() }) }).parse(found).result.commit;
    expect(await call("repo.diff", { base: "main", head })).toMatchObject({
      status: "done",
      result: { head: commit, diff: { text: expect.stringContaining("+export const tries = 5;") } },
    });
    expect(await call("shell.test", { ref: commit, command: "node --test" })).toMatchObject({
      status: "done",
      result: { commit, passed: true, out: { text: expect.stringMatching(/pass 2\n.*fail 0/) } },
    });
    expect(await call("repo.search", { pattern: "tries", ref: "nowhere" })).toMatchObject({
      why: "The repository has no commit of that name.",
      next: "Name a branch, a tag or a commit of the repository.",
    });
  });

  test("slash commands explain and never grant", async () => {
    const pull = "/pull/globex/portal/4";
    await act(pull, "comment", { by: "gus", text: "/countersign explain" });
    await sees(pull, /countersign\[bot\] commented/);
    await act(pull, "comment", { by: "gus", text: "👍 /approve LGTM" });
    await sees(pull, /Action required/);
  });

  test("O1 a client is suspended beside it: the other goes on, nothing is heard of this one, and taken back it is decided again", async () => {
    const change = async (verb: string) =>
      program(["tenant", verb, "acme", "--reason", "a visitor tries it", "--yes"], env).ended;
    mkdirSync(join(env.DATA_DIR, "demo/clients/acme"), { recursive: true });
    const notAtGithub = /^At GitHub nothing was changed: no GitHub App is configured here/;
    expect(await change("suspend")).toMatchObject({ status: 1, err: expect.stringMatching(notAtGithub) });
    // Its folder is not one that belongs to nobody, which a person is told to remove.
    const checked = await program(["secret", "check"], env).ended;
    expect([checked.status, checked.out + checked.err]).toEqual([0, expect.not.stringContaining("acme")]);
    await sees("/", /Tenant acme .* Tenant globex/);
    expect(await sees("/audit", /globex/)).not.toContain("tenant.suspend");
    await act("/pull/globex/portal/4", "comment", { by: "gus", text: "/countersign hold" });
    await sees("/pull/globex/portal/4", /gate\.command success/);
    await act("/pull/acme/shop/4", "comment", { by: "cleo", text: "/countersign explain" });
    expect(await sees("/pull/acme/shop/4", /countersign explain/)).not.toContain("github.reply");
    expect(await change("reinstate")).toMatchObject({ status: 1, err: expect.stringMatching(notAtGithub) });
    await sees("/audit", /tenant\.reinstate/);
    await act("/pull/acme/shop/4", "comment", { by: "cleo", text: "/countersign explain" });
    await sees("/pull/acme/shop/4", /github\.reply success/);
  });
});

describe("only the visitor on this machine presses the buttons", () => {
  const pull = "/pull/globex/portal/4";
  const csrf = async (): Promise<string> => /name="csrf" value="([^"]+)"/.exec(await read(pull))?.[1] ?? "";
  const post = async (
    act: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number> =>
    (
      await fetch(`${base}${pull}/act/${act}`, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers,
        redirect: "manual",
      })
    ).status;

  test("a form of another page carries no token", async () => {
    expect(await post("approve", { by: "eve" })).toBe(403);
    expect(await post("approve", { by: "eve", csrf: "x".repeat(32) })).toBe(403);
  });
  test("another site's request is refused even with the token", async () => {
    expect(await post("approve", { by: "eve", csrf: await csrf() }, { "sec-fetch-site": "cross-site" })).toBe(403);
  });
  test("a name that was pointed at this machine is refused (DNS rebinding)", async () => {
    expect(await statusOf({ host: "evil.example" })).toBe(403);
    expect(await statusOf({ host: new URL(base).host })).toBe(200);
  });
  test("only the choices on the page can be made", async () => {
    expect(await post("merge-around", { by: "eve", csrf: await csrf() })).toBe(409);
    expect(await post("no-such-act", { by: "olga", csrf: await csrf() })).toBe(409);
  });
  test("an unknown pull request is a problem document", async () => {
    const answer = await fetch(`${base}/pull/acme/shop/999`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});

test("SIGTERM ends the demo in order: its status is 0, and its PostgreSQL is gone with it", async () => {
  demo.child.kill("SIGTERM");
  const { status, err } = await demo.ended;
  expect({ status, err }).toMatchObject({
    status: 0,
    err: expect.stringContaining("Ending: requests and jobs under way are finished first"),
  });
});

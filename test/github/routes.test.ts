import { beforeEach, describe, expect, test, vi } from "vitest";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";
import { comment, H1, pullRequest, reviewed } from "./support/payloads.ts";
import { delivery } from "./support/sign.ts";
import { surfaceOn } from "./support/surface.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 101);
const logLines: string[] = [];
const { gate, comments, calls, inbox, run, cutOff } = await surfaceOn(t, logLines);

beforeEach(() => {
  gate.clear();
  gate.allow("write");
  comments.length = 0;
  calls.length = 0;
});

const arrive = async (guid: string, event: string, payload: object): Promise<void> => {
  expect((await inbox.fetch(delivery({ guid, event, body: JSON.stringify(payload) }))).status).toBe(202);
};
const handle = (guid: string): Promise<void> => run("github.delivery", acme.id, guid);
const row = async (guid: string) =>
  (await t.adminSql("select outcome, payload is null as dropped from inbox.delivery where guid = $1", [guid]))[0];
const commands = async (): Promise<readonly unknown[]> =>
  (await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 100, kinds: ["gate.command"] }))).map(
    (entry) => ({
      outcome: entry.outcome,
      body: entry.body,
    }),
  );

describe("a stored delivery becomes evidence and work, once", () => {
  test("evidence and work are written, the payload is dropped", async () => {
    await arrive("d1", "pull_request", pullRequest("synchronize", { before: H1 }));
    await handle("d1");
    expect(gate.evidence).toMatchObject([{ kind: "head_seen", before: H1 }]);
    expect(gate.work).toMatchObject([{ kind: "evaluate", pr: { number: 1 } }]);
    expect(await row("d1")).toEqual({ outcome: "handled", dropped: true });
  });

  test("G02 the job runs twice, then GitHub redelivers: still one effect", async () => {
    await arrive("d2", "pull_request", pullRequest("opened"));
    await handle("d2");
    await handle("d2");
    await arrive("d2", "pull_request", pullRequest("opened"));
    await handle("d2");
    expect(gate.work).toHaveLength(1);
  });

  test("G02 the job runs twice at the same instant: one effect", async () => {
    await arrive("d3", "pull_request", pullRequest("opened"));
    await Promise.all([handle("d3"), handle("d3"), handle("d3")]);
    expect(gate.work).toHaveLength(1);
  });

  test("the gate fails half-way: nothing is done, the delivery waits, and the next try does it whole", async () => {
    await arrive("d4", "pull_request_review", reviewed("submitted"));
    vi.spyOn(gate.intake, "request").mockRejectedValueOnce(new Error("lost"));
    await expect(handle("d4")).rejects.toThrow("lost");
    expect(await row("d4")).toEqual({ outcome: null, dropped: false });
    gate.clear();
    await handle("d4");
    expect(gate.evidence.map((seen) => seen.kind)).toEqual(["head_seen", "review_seen"]);
  });

  test("reordered deliveries carry the same evidence", async () => {
    await arrive("d5", "pull_request", pullRequest("synchronize", { before: H1 }));
    await arrive("d6", "pull_request_review", reviewed("submitted"));
    await handle("d6");
    await handle("d5");
    const backwards = [...gate.evidence].map((seen) => JSON.stringify(seen)).toSorted();
    gate.clear();
    await arrive("d7", "pull_request", pullRequest("synchronize", { before: H1 }));
    await arrive("d8", "pull_request_review", reviewed("submitted"));
    await handle("d7");
    await handle("d8");
    expect(gate.evidence.map((seen) => JSON.stringify(seen)).toSorted()).toEqual(backwards);
  });

  test("a malformed payload of a known event is put on record and dropped", async () => {
    await arrive("d9", "pull_request", pullRequest("opened", {}, { head: { sha: "not a sha" } }));
    await handle("d9");
    expect(gate.work).toEqual([]);
    expect(await row("d9")).toEqual({ outcome: "malformed", dropped: true });
    const entries = await t.db.withTenant(acme.claim, (tx) =>
      t.audit.recent(tx, { limit: 1, kinds: ["github.delivery"] }),
    );
    expect(entries).toMatchObject([
      {
        outcome: "not_performed",
        body: { payload: { event: "pull_request", why: "unreadable: pull_request.head.sha" } },
      },
    ]);
  });

  test("a tenant that was suspended meanwhile: nothing is done in its name", async () => {
    const gone = await t.tenant("initech", 303);
    expect(
      (
        await inbox.fetch(
          delivery({ guid: "gone", body: JSON.stringify({ ...pullRequest("opened"), installation: { id: 303 } }) }),
        )
      ).status,
    ).toBe(202);
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [gone.id]);
    await run("github.delivery", gone.id, "gone");
    expect(gate.work).toEqual([]);
    expect(await row("gone")).toEqual({ outcome: null, dropped: false });
  });

  test("another tenant's job cannot handle this one's delivery", async () => {
    const globex = await t.tenant("globex", 202);
    await arrive("mine", "pull_request", pullRequest("opened"));
    await run("github.delivery", globex.id, "mine");
    expect(gate.work).toEqual([]);
    expect(await row("mine")).toEqual({ outcome: null, dropped: false });
  });

  test("what GitHub cannot repeat any more is forgotten, a few at a time", async () => {
    await t.adminSql(
      "insert into inbox.delivery (tenant_id, guid, event, installation_id, done_at, outcome) select $1, 'old-' || n, 'push', 101, now() - interval '8 days', 'handled' from generate_series(1, 30) n",
      [acme.id],
    );
    await arrive("d10", "pull_request", pullRequest("opened"));
    await handle("d10");
    expect(await t.adminSql("select count(*)::int as n from inbox.delivery where guid like 'old-%'")).toEqual([
      { n: 10 },
    ]);
    expect(await row("d1"), "younger ones stay").toBeDefined();
  });
});

describe("slash commands explain, look again or stop, and never grant", () => {
  const say = async (guid: string, text: string, over: object = {}): Promise<void> => {
    await arrive(guid, "issue_comment", comment(text, over));
    await handle(guid);
  };

  test("hold stops the pull request, is on record, and is answered once", async () => {
    await say("c1", "/countersign hold waiting for legal");
    expect(gate.holds.get("5#1")).toEqual(new Set([7]));
    expect(gate.work).toMatchObject([{ kind: "evaluate" }]);
    expect((await commands())[0]).toMatchObject({
      outcome: "success",
      body: {
        initiator: { type: "human", id: "7" },
        target: { id: "5#1" },
        payload: {
          command: { kind: "hold", reason: "waiting for legal" },
          login: "ann",
          effect: "hold",
          answer: "held",
        },
      },
    });
    await run("github.reply", acme.id, "c1");
    await run("github.reply", acme.id, "c1");
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain("this pull request is held");
  });

  test("the reply is cut off after it was posted: the next try finds its mark and does not post again", async () => {
    await say("c2", "/countersign help");
    cutOff(true);
    await expect(run("github.reply", acme.id, "c2")).rejects.toThrow("cut off");
    cutOff(false);
    await run("github.reply", acme.id, "c2");
    expect(comments).toHaveLength(1);
  });

  test.each([["read"], ["triage"], ["none"]] as const)(
    "hold with %s access is refused and put on record",
    async (permission) => {
      gate.allow(permission);
      await say(`c3-${permission}`, "/countersign hold");
      expect(gate.holds.size).toBe(0);
      expect((await commands())[0]).toMatchObject({ outcome: "refused" });
    },
  );

  test("fail closed: while GitHub does not say what the author may do, nothing is done and the job tries again", async () => {
    gate.allow(null);
    await arrive("c4", "issue_comment", comment("/countersign unhold"));
    await expect(handle("c4")).rejects.toMatchObject({ code: "github_unavailable" });
    expect(await row("c4")).toEqual({ outcome: null, dropped: false });
  });

  test("unhold by somebody else with write access releases nothing; an admin releases all", async () => {
    await say("c5", "/countersign hold");
    await say("c6", "/countersign unhold", { user: { id: 8, login: "bob", type: "User" } });
    expect(gate.holds.get("5#1")).toEqual(new Set([7]));
    gate.allow("admin");
    await say("c7", "/countersign unhold", { user: { id: 10, login: "adm", type: "User" } });
    expect(gate.holds.get("5#1")).toEqual(new Set());
  });

  test("revoke withdraws the approvals of who wrote it", async () => {
    await say("c8", "/countersign revoke");
    expect(gate.withdrawn).toEqual([7]);
  });

  test("B10 an invented command grants nothing: it is answered with the list", async () => {
    await say("c9", "/countersign approve");
    expect(gate.evidence).toEqual([]);
    expect(gate.work).toEqual([]);
    await run("github.reply", acme.id, "c9");
    expect(comments[0]?.body).toContain("there is no command `approve`");
  });

  test("a command of a bot is not read", async () => {
    await say("c10", "/countersign hold", { user: { id: 9, login: "agent[bot]", type: "Bot" } });
    expect(gate.holds.size).toBe(0);
    expect(await row("c10")).toMatchObject({ outcome: "ignored" });
  });
});

test("no payload reaches the log, at any level", () => {
  expect(logLines.join("")).not.toContain("acme/app");
});

test("the log verifies and no tenant sees another's rows", async () => {
  expect(await checkWorld(t)).toBeGreaterThan(0);
});

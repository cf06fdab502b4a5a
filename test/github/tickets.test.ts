// From a signed delivery to a message on a ticket, over the real inbox and router; what tickets make of it is theirs.

import { expect, beforeEach, describe, test } from "vitest";
import { appId, instant, repoName, userId, type RepositoryId } from "#kernel";
import type { GitHub, RestAnswer } from "#platform/github";
import { putPerson } from "#identity/io";
import { createGithubSource } from "#tickets/io";
import type { Heard } from "#tickets";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";
import { ann, comment, common, H2, pullRequest } from "./support/payloads.ts";
import { delivery } from "./support/sign.ts";
import { surfaceOn } from "./support/surface.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 101);
const heard: Heard[] = [];
const gone: string[] = [];
const linked: string[] = [];
let lost = false;
const app = appId(4242) ?? expect.unreachable();
const answers = new Map<string, RestAnswer>();
const client: ReturnType<GitHub["app"]> = {
  rest: async (route) =>
    answers.get(route) ?? { status: 200, headers: {}, data: route === "GET /app" ? { slug: "countersign" } : [] },
  graphql: async () => ({ data: null, errors: [] }),
};
const github: GitHub = { appId: app, app: () => client, installation: () => client, named: async () => null };
const source = createGithubSource({
  database: t.db,
  github,
  repository: async (_, id: RepositoryId) =>
    id === 5 ? { id, name: repoName("acme/app") ?? expect.unreachable(), installation: acme.installation } : null,
  tickets: {
    async hear(_, said) {
      if (lost) throw new Error("lost");
      heard.push(said);
      return { kind: "landed", ticket: null, number: 7 };
    },
    async linkNamed(_, { repository, number }, texts) {
      linked.push(`${repository}#${number} ${texts.join(" | ")}`);
    },
    async gone(_, conversation, how) {
      gone.push(`${conversation} ${how}`);
    },
  },
});
const { gate, inbox, run } = await surfaceOn(t, [], source);

beforeEach(() => {
  heard.length = 0;
  gone.length = 0;
  linked.length = 0;
  gate.clear();
  answers.clear();
});

const issue = {
  id: 900,
  number: 12,
  title: "Sign in fails",
  body: "It says 500.",
  user: ann,
  labels: [],
  created_at: "2026-11-02T09:00:00Z",
};
const issues = (action: string, more: object = {}): object => ({ ...common, action, issue, ...more });
const onIssue = (body: string, over: object = {}): object =>
  comment(body, { author_association: "NONE", ...over }, { issue: { number: 12, title: "Sign in fails" } });

const arrive = async (guid: string, event: string, payload: object): Promise<void> => {
  expect((await inbox.fetch(delivery({ guid, event, body: JSON.stringify(payload) }))).status).toBe(202);
  await run("github.delivery", acme.id, guid);
};

describe("a signed delivery becomes a message, once", () => {
  test("our label opens; the label edited away, an edited text and another label are no signal (T10)", async () => {
    await arrive("t1", "issues", issues("labeled", { label: { name: "countersign" } }));
    await arrive("t2", "issues", issues("labeled", { label: { name: "bug" } }));
    await arrive("t3", "issues", issues("unlabeled", { label: { name: "countersign" } }));
    await arrive("t4", "issues", issues("edited"));
    await arrive("t5", "issue_comment", { ...onIssue("Yes"), action: "edited" });
    expect(heard).toMatchObject([
      { opens: true, conversation: "github:5#12", title: "Sign in fails", sender: "client_person" },
    ]);
  });

  test("the repository is known from then on, also where no pull request has ever been: what is asked can be said there", async () => {
    await arrive("r1", "issues", issues("labeled", { label: { name: "countersign" } }));
    await arrive("r2", "issue_comment", onIssue("Yes, since Monday."));
    const there = { kind: "written_in", repository: { id: 5, installation: acme.installation } };
    expect(gate.evidence).toMatchObject([there, there]);
  });

  test("a client's own label opens in place of ours", async () => {
    await t.adminSql(
      `with owner as (insert into identity.person (tenant_id, github_user, login, roles) values ($1, 71, 'mona', '{admin}') returning person_id)
        insert into tickets.desk (tenant_id, default_owner, index_key, label)
        select $1, person_id, decode(repeat('00', 45), 'hex'), 'Support' from owner`,
      [acme.id],
    );
    await arrive("l1", "issues", issues("labeled", { label: { name: "countersign" } }));
    expect(heard).toEqual([]);
    await arrive("l2", "issues", issues("labeled", { label: { name: "support" } }));
    expect(heard).toMatchObject([{ opens: true, conversation: "github:5#12" }]);
    await t.adminSql("delete from tickets.desk");
  });

  test("assigned to our bot opens, whose name GitHub is asked for", async () => {
    await arrive("t6", "issues", issues("assigned", { assignee: { login: "countersign[bot]" } }));
    await arrive("t7", "issues", issues("assigned", { assignee: { login: "someone-else[bot]" } }));
    expect(heard.map(({ opens }) => opens)).toEqual([true]);
  });

  test("/countersign ticket works on issues and pull requests, and is no command of the gate", async () => {
    await arrive("t8", "issue_comment", onIssue("/countersign ticket", { author_association: "MEMBER" }));
    await arrive("t9", "issue_comment", comment("/countersign ticket it is slow", { author_association: "OWNER" }));
    expect(heard.map(({ opens, conversation }) => [opens, conversation])).toEqual([
      [true, "github:5#12"],
      [true, "github:5#1"],
    ]);
    expect(gate.work).toEqual([]);
  });

  test("a command of the gate is no word on a ticket", async () => {
    await arrive("t10", "issue_comment", comment("/countersign recheck"));
    expect(heard).toEqual([]);
    expect(gate.work).toHaveLength(1);
  });

  test("a redelivery and a job that runs twice are one message", async () => {
    await arrive("t11", "issue_comment", onIssue("Yes, since Monday."));
    await arrive("t11", "issue_comment", onIssue("Yes, since Monday."));
    await run("github.delivery", acme.id, "t11");
    expect(heard).toHaveLength(1);
  });

  test("tickets that cannot be written keep the delivery: it is handled whole later", async () => {
    lost = true;
    await expect(arrive("t12", "issue_comment", onIssue("Still there"))).rejects.toThrow("lost");
    lost = false;
    await run("github.delivery", acme.id, "t12");
    expect(heard).toHaveLength(1);
  });

  test("a person of ours is staff, by the number of the account", async () => {
    const by = { initiator: { type: "operator", id: "test" }, requestId: "r1" } as const;
    const github = userId(70) ?? expect.unreachable();
    await putPerson(t.operator, { tenant: acme.id, github, login: "opal", roles: ["operator"], by });
    await arrive(
      "t13",
      "issue_comment",
      onIssue("We look into it.", { user: { id: 70, login: "renamed", type: "User" } }),
    );
    expect(heard.map(({ sender }) => sender)).toEqual(["staff"]);
  });

  test("T24 transferred or deleted: the ticket is told that nobody answers there any more", async () => {
    await arrive("t14", "issues", issues("transferred"));
    await arrive("t15", "issues", issues("deleted"));
    expect(gone).toEqual(["github:5#12 transferred", "github:5#12 deleted"]);
    expect(heard).toEqual([]);
  });
});

describe("a pull request that names a ticket", () => {
  const pulled = (guid: string, over: object): Promise<void> =>
    arrive(guid, "pull_request", pullRequest("opened", {}, { title: "ACME-7", body: null, ...over }));
  const head = { sha: H2, ref: "fix/acme-7" };

  test.each([
    ["from a branch of this repository: whoever made it may write there", { head: { ...head, repo: { id: 5 } } }],
    [
      "from a fork, by somebody who may write here",
      { head: { ...head, repo: { id: 6 } }, author_association: "MEMBER" },
    ],
  ])("is looked through: %s", async (why, over) => {
    await pulled(`named-${why.length}`, over);
    expect(linked).toEqual(["5#1 ACME-7 |  | fix/acme-7"]);
    expect(heard).toEqual([]);
  });

  test.each([
    ["a stranger's, from a fork", { head: { ...head, repo: { id: 6 } }, author_association: "CONTRIBUTOR" }],
    ["from a fork that is gone", { head: { ...head, repo: null } }],
    ["a payload that does not say", {}],
  ])("fails closed: %s names nothing", async (why, over) => {
    await pulled(`not-${why.length}`, over);
    expect(linked).toEqual([]);
  });
});

describe("read just before a close", () => {
  const GET_ISSUE = "GET /repos/{owner}/{repo}/issues/{issue_number}";
  const LIST = `${GET_ISSUE}/comments`;
  const since = instant("2026-11-02T10:00:00Z") ?? expect.unreachable();
  const ask = (conversation = "github:5#12") => source.lastSignal(acme.id, { conversation, since });
  const answer = (status: number, data: unknown): RestAnswer => ({ status, headers: {}, data });
  const there = (): void => void answers.set(GET_ISSUE, answer(200, { number: 12 }));

  test("nothing new is silence, and a person's comment is heard", async () => {
    there();
    expect(await ask()).toEqual({ kind: "silent" });
    answers.set(LIST, answer(200, [{ user: ann, created_at: "2026-11-03T10:00:00Z" }]));
    expect(await ask()).toEqual({ kind: "heard", at: Date.parse("2026-11-03T10:00:00Z") });
  });
  test.each([
    ["moved to another repository", 301, "gone"],
    ["deleted", 410, "gone"],
    ["not shown: that may be our permission, so nobody knows and nothing closes", 404, "unknown"],
  ])("T24 %s", async (_, status, kind) => {
    answers.set(GET_ISSUE, answer(status, {}));
    expect((await ask()).kind).toBe(kind);
  });
  test("fails closed: more than was read, an unreadable list, and a repository that is not reached are not silence", async () => {
    there();
    answers.set(
      LIST,
      answer(
        200,
        Array.from({ length: 100 }, () => ({ user: null, created_at: "2026-11-01T10:00:00Z" })),
      ),
    );
    expect((await ask()).kind).toBe("unknown");
    answers.set(LIST, answer(200, { message: "odd" }));
    expect((await ask()).kind).toBe("unknown");
    expect((await ask("github:6#12")).kind).toBe("unknown");
    expect((await ask("slack:T1/C1/1")).kind).toBe("unknown");
  });
});

test("the log and every room agree with each other afterwards", () => checkWorld(t));

// GitHub: a ticket that waits for the client is answered by a bot, an edit, a label, a copy; or its issue is taken away under it. None of it
// is somebody's answer, and none of it opens a second ticket.

import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { appId, repoName, userId, type RepositoryId } from "#kernel";
import type { GitHub } from "#platform/github";
import { putPerson } from "#identity/io";
import { createScreening } from "#screening/io";
import { createGithubSource, createTickets } from "#tickets/io";
import { ann, comment, common } from "../github/support/payloads.ts";
import { delivery } from "../github/support/sign.ts";
import { surfaceOn } from "../github/support/surface.ts";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 101);
const app = appId(4242) ?? expect.unreachable();
const client: ReturnType<GitHub["app"]> = {
  rest: async () => ({ status: 200, headers: {}, data: { slug: "countersign" } }),
  graphql: async () => ({ data: null, errors: [] }),
};
const repository = async (_: unknown, id: RepositoryId) =>
  id === 5 ? { id, name: repoName("acme/app") ?? expect.unreachable(), installation: acme.installation } : null;
const tickets = createTickets({
  append: t.append,
  keys: t.keys,
  tell: async () => {},
  lastSignal: async () => ({ kind: "silent" }),
  repository,
  pulls: { state: async () => null, refresh: async () => {} },
  screen: (spans) => createScreening().screen(spans),
  prefix: async () => "acme",
});
const source = createGithubSource({
  database: t.db,
  github: { appId: app, app: () => client, installation: () => client, named: async () => null },
  repository,
  tickets,
});
const { inbox, run } = await surfaceOn(t, [], source);

const issue = { id: 900, number: 12, title: "Sign in fails", body: "It says 500.", user: ann, labels: [], created_at: "2026-11-02T09:00:00Z" }; // prettier-ignore
const issues = (action: string, more: object = {}): object => ({ ...common, action, issue, ...more });
const labelled = issues("labeled", { label: { name: "countersign" } });
const bot = { id: 9, login: "dependabot[bot]", type: "Bot" };
let count = 0;
async function arrive(event: string, payload: object, guid = `p${(count += 1)}`): Promise<void> {
  expect((await inbox.fetch(delivery({ guid, event, body: JSON.stringify(payload) }))).status).toBe(202);
  await run("github.delivery", acme.id, guid);
}
const said = (id: number, over: object = {}, action = "created"): object => ({
  ...comment("Yes, all is well.", { id, created_at: new Date(Date.now() + 60_000).toISOString(), ...over }, { issue: { number: 12, title: "Sign in fails" } }),
  action,
}); // prettier-ignore
const states = () => t.adminSql("select number, state::text from tickets.ticket order by number");
const WAITING = [{ number: 1, state: "waiting_client" }];
const actor = { party: { type: "operator", id: "opal" }, name: "opal", requestId: "r1", channel: "cli" } as const;

beforeAll(async () => {
  const by = { initiator: { type: "operator", id: "test" }, requestId: "r" } as const;
  const github = userId(70) ?? expect.unreachable();
  await putPerson(t.operator, { tenant: acme.id, github, login: "opal", roles: ["operator", "admin"], by });
  await arrive("issues", labelled);
  const found = await t.db.withTenant(acme.claim, (tx) => tickets.list(tx, { owner: null, all: false }));
  const { ticket } = found[0] ?? expect.unreachable();
  const asked = await t.db.withTenant(acme.claim, (tx) =>
    tickets.act(tx, ticket, { kind: "ask" }, actor, "Is it still so?"),
  );
  expect(asked.kind).toBe("done");
});
let before: readonly unknown[];
beforeEach(async () => {
  before = await t.adminSql("select state, epoch, wait_started, next_due_at from tickets.ticket");
});
const untouched = async (): Promise<void> =>
  expect(await t.adminSql("select state, epoch, wait_started, next_due_at from tickets.ticket")).toEqual(before);

test("it waits for the client", async () => expect(await states()).toEqual(WAITING));

describe("T10 T11 nobody's answer: state, clock and next act stay as they were", () => {
  test.each<[string, string, object]>([
    ["a bot's comment", "issue_comment", said(1, { user: bot })],
    ["a comment of an account that calls itself a mannequin", "issue_comment", said(2, { user: { ...bot, type: "Mannequin" } })],
    ["what our own App writes", "issue_comment", said(3, { performed_via_github_app: { id: 4242 } })],
    ["a person of ours, under any name", "issue_comment", said(4, { user: { id: 70, login: "ann", type: "User" } })],
    ["an old comment that is edited into an answer", "issue_comment", said(5, {}, "edited")],
    ["a comment that is deleted", "issue_comment", said(6, {}, "deleted")],
    ["the label taken away", "issues", issues("unlabeled", { label: { name: "countersign" } })],
    ["the label put on again", "issues", labelled],
    ["another label", "issues", issues("labeled", { label: { name: "answered" } })],
    ["the issue's text edited", "issues", issues("edited", { changes: { body: { from: "" } } })],
    ["the issue closed, reopened, locked or pinned", "issues", issues("closed")],
    ["the issue assigned to our bot again", "issues", issues("assigned", { assignee: { login: "countersign[bot]" } })],
    ["the issue made a discussion: it is closed, and the discussion is another thing", "discussion", { ...common, action: "created", discussion: { number: 40, title: "Sign in fails" } }],
  ])("%s", async (_, event, payload) => {
    await arrive(event, payload);
    await untouched();
    expect(await states()).toEqual(WAITING);
  }); // prettier-ignore
});

test("T24 the issue is taken away: the ticket goes on, and is not closed by it", async () => {
  await arrive("issues", issues("transferred"));
  await arrive("issues", issues("deleted"));
  await untouched();
  const [row] = await t.adminSql("select gone_at is not null as gone from tickets.conversation");
  expect(row).toEqual({ gone: true });
});

describe("the same again", () => {
  test("a hundred deliveries of one comment, under one number and under a hundred, are one answer", async () => {
    const answer = said(50);
    await arrive("issue_comment", answer, "same");
    for (let n = 0; n < 50; n += 1) await arrive("issue_comment", answer, "same");
    await Promise.all(Array.from({ length: 50 }, (_, n) => arrive("issue_comment", answer, `copy-${n}`)));
    expect(await t.adminSql("select 1 from tickets.message where sender = 'client_person'")).toHaveLength(2);
    expect(await states()).toEqual([{ number: 1, state: "in_progress" }]);
  });

  test("the label put on a hundred times at once is one ticket", async () => {
    const other = issues("labeled", { label: { name: "countersign" }, issue: { ...issue, id: 901, number: 13 } });
    await Promise.all(Array.from({ length: 50 }, (_, n) => arrive("issues", other, `label-${n}`)));
    expect((await states()).map(({ number }) => number)).toEqual([1, 2]);
  });
});

test("the log and every room agree with each other afterwards", () => checkWorld(t));

// The Slack surface on real PostgreSQL, with requests signed as Slack signs them, and a Slack and tickets that write down what they were told.

import { createHmac } from "node:crypto";
import type { Clicked } from "#approvals";
import { putPerson } from "#identity/io";
import type { Person, Role } from "#identity";
import { userId, type Instant } from "#kernel";
import { createHttpApp } from "#platform/http";
import { enqueue } from "#platform/jobs";
import { createLog } from "#platform/log";
import { connectSlack, createSlackInbox, slackHandlers, type SlackArrival, type SlackParts } from "#slack";
import type { Heard } from "#tickets";
import { testDatabase, type TestDatabase, type TestTenant } from "../support/database.ts";

export const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const BY = { initiator: { type: "operator", id: "test" }, requestId: "r" } as const;

/** `over`: what is the real thing in that file. */
export async function slackStage(over: (t: TestDatabase) => Partial<SlackParts> = () => ({})) {
  const t = await testDatabase();
  const acme = await t.tenant("acme", 101);
  const globex = await t.tenant("globex", 202);
  await connectSlack(t.operator, { tenant: acme.id, workspace: { team: "TACME", channels: ["CHELP"] }, by: BY });
  await connectSlack(t.operator, { tenant: globex.id, workspace: { team: "TGLOBEX", channels: [] }, by: BY });
  const heard: Heard[] = [];
  const clicks: Clicked[] = [];
  const answers: string[] = [];
  const begun: string[] = [];
  const arrivals: SlackArrival[] = [];
  let nowMs = Date.parse("2026-11-02T10:00:00Z");
  let tokens = true;
  let refusal: string | null = null;
  const parts: SlackParts = {
    database: t.db,
    append: t.append,
    enqueue,
    keys: t.keys,
    tickets: {
      async hear(_, said) {
        heard.push(said);
        return { kind: "opened", ticket: null, number: 7 };
      },
      gone: async () => {},
    },
    web: {
      nameOf: async (_, user) => (user === "UANN" ? "Ann" : null),
      async begin(_, asked) {
        if (refusal !== null) return { kind: "refused", why: refusal };
        begun.push(asked.text);
        return { kind: "begun", ts: "1793613600.000900" };
      },
      replies: async (_, { since }: { readonly since: Instant }) => ({
        kind: "words",
        words: [{ ts: String(since / 1_000 + 60) + ".000000", user: "UANN" }],
      }),
      async answer(_, text) {
        answers.push(text);
      },
    },
    secret: async (tx, name) =>
      name === "SLACK_BOT_TOKEN"
        ? tokens
          ? "xoxb-test"
          : null
        : tx.tenantId === acme.id
          ? SECRET
          : "another-clients-secret",
    async clicked(_, click) {
      clicks.push(click);
      return { text: "Rejected." };
    },
    prefix: async () => "acme",
    clock: () => nowMs,
    onArrival: (arrival) => arrivals.push(arrival),
    ...over(t),
  };
  const app = createHttpApp({ log: createLog({ level: "silent", secrets: [] }), notReady: async () => null });
  app.route("/", createSlackInbox(parts));
  const handlers = slackHandlers(parts);

  /** As Slack signs a body; `over` is what an attacker changes. */
  const request = (
    what: "events" | "commands" | "actions",
    body: string,
    over: { readonly at?: number; readonly secret?: string; readonly sent?: string; readonly tenant?: TestTenant } = {},
  ): Request => {
    const timestamp = String(Math.floor((over.at ?? nowMs) / 1_000));
    const signature = createHmac("sha256", over.secret ?? SECRET)
      .update(`v0:${timestamp}:${body}`)
      .digest("hex");
    return new Request(`http://localhost/api/slack/${(over.tenant ?? acme).id}/${what}`, {
      method: "POST",
      headers: { "x-slack-request-timestamp": timestamp, "x-slack-signature": `v0=${signature}` },
      body: over.sent ?? body,
    });
  };
  return {
    t,
    acme,
    globex,
    parts,
    heard,
    clicks,
    answers,
    begun,
    arrivals,
    request,
    ask: async (asked: Request) => app.fetch(asked),
    pass: (ms: number) => void (nowMs += ms),
    withoutToken: (off: boolean) => void (tokens = !off),
    refuseWith: (why: string | null) => void (refusal = why),
    clear: () => {
      for (const list of [heard, clicks, answers, begun, arrivals]) list.length = 0;
    },
    /** Every job that waits. */
    async work(tenant: TestTenant = acme): Promise<number> {
      const rows = await t.adminSql("select arrival from inbox.slack where tenant_id = $1 and done_at is null", [
        tenant.id,
      ]);
      for (const { arrival } of rows)
        await handlers["slack.arrival"]?.({ tenant: tenant.id, arrival }, new AbortController().signal);
      return rows.length;
    },
    handle: (arrival: string) =>
      handlers["slack.arrival"]?.({ tenant: acme.id, arrival }, new AbortController().signal),
    async person(login: string, github: number, roles: readonly Role[]): Promise<Person> {
      const id = userId(github);
      if (id === null) throw new Error("not an account");
      const made = await putPerson(t.operator, { tenant: acme.id, github: id, login, roles, by: BY });
      if (made.kind === "no_tenant") throw new Error("no tenant");
      return made.person;
    },
  };
}

export const event = (over: object, id = "Ev1", team = "TACME"): string =>
  JSON.stringify({
    type: "event_callback",
    team_id: team,
    event_id: id,
    event: { type: "message", user: "UANN", channel: "CHELP", text: "Sign in fails", ts: "1793613600.000100", ...over },
  });

export const clickBody = (over: object = {}, action: object = {}): string =>
  new URLSearchParams({
    payload: JSON.stringify({
      type: "block_actions",
      team: { id: "TACME" },
      user: { id: "UANN", team_id: "TACME" },
      response_url: "https://hooks.slack.com/actions/T/1/x",
      actions: [{ action_id: "countersign:reject", value: "0197b5a0-0000-7000-8000-00000000000a", ...action }],
      ...over,
    }),
  }).toString();

export const commandBody = (text: string, over: Record<string, string> = {}): string =>
  new URLSearchParams({
    team_id: "TACME",
    user_id: "UANN",
    channel_id: "CHELP",
    command: "/countersign",
    text,
    response_url: "https://hooks.slack.com/commands/T/1/x",
    ...over,
  }).toString();

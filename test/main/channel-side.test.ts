// R2, O7: what a client gave us for its channels, taken back at whoever gave it, as the program wires it: real files, keys and logs, the
// official clients of Slack and Microsoft.

import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { PLATFORM_LOG } from "#kernel";
import { overrideProvider, setSecret } from "#tenants/io";
import { channelSide } from "../../src/main/channel-side.ts";
import { graphDouble } from "../mail/graph-double.ts";
import { tokenDouble } from "../slack/token-double.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { ADA, offboarding, SERVER } from "../support/offboarding.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const way = await offboarding(t);
const slack = await tokenDouble();
const graph = await graphDouble();
afterAll(() => Promise.all([slack.close(), graph.close()]));
const channels = channelSide({
  access: t.operator,
  kms: t.kms,
  clients: way.clients,
  by: SERVER,
  place: { slackUrl: slack.apiUrl, graph },
});
const MAILBOX = { GRAPH_TENANT: "acme.example", GRAPH_CLIENT_ID: "app", GRAPH_CLIENT_SECRET: "s3cret", GRAPH_MAILBOX: "help@acme.example" }; // prettier-ignore

let made = 0;
let acme: TestTenant;
beforeEach(async () => {
  slack.down = null;
  slack.lies = false;
  graph.down = null;
  slack.asked.length = 0;
  way.outside.calls.length = 0;
  acme = await t.tenant(`acme${++made}`, made);
});

const subscribed = (to: string, of: string) =>
  graph.subscriptions.set(to, {
    clientState: "x",
    until: "2026-12-01T00:00:00Z",
    notificationUrl: `https://here.example/api/mail/${of}/graph`,
    resource: "/users/help@acme.example/mailFolders('inbox')/messages",
  });
async function leave(secrets: Readonly<Record<string, string>>): Promise<void> {
  await way.clients.scaffold(acme.prefix, new Map());
  const access = { ...t.operator, keys: t.keys, clients: way.clients };
  for (const [name, value] of Object.entries(secrets))
    expect(await setSecret(access, { tenant: acme.id, prefix: acme.prefix, name, value, by: SERVER })).toMatchObject({ kind: "written" }); // prettier-ignore
  slack.tokens.add(secrets["SLACK_BOT_TOKEN"] ?? "");
  expect((await way.order(acme)).kind).toBe("ordered");
  await way.witness(acme);
  expect((await way.drive(acme, { channels })).kind).toBe("window");
  await way.after(acme, 301);
}
const drive = () => way.drive(acme, { channels });
const certified = () =>
  way.outside.certificates
    .find(({ tenantId }) => tenantId === acme.id)
    ?.steps.find(({ step }) => step === "provider_revoked")?.detail["credentials"];
const steps = async () => {
  const claim = (await t.db.claimFor(PLATFORM_LOG)) ?? expect.unreachable();
  const found = await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 50, kinds: ["tenant.erase.step"] }));
  const shape = z.object({ payload: z.looseObject({ provider: z.string().optional(), tenant: z.string() }) });
  return found
    .map(({ outcome, body }) => ({ outcome, ...shape.parse(body).payload }))
    .filter(({ tenant, provider }) => tenant === acme.id && provider !== undefined)
    .map(({ outcome, provider }) => `${provider} ${outcome}`)
    .toReversed();
};

describe("R2 what a client gave us for its channels", () => {
  it("is taken back at Slack and Microsoft before its key is destroyed, with an entry before and after; the certificate says how each stands", async () => {
    const subscription = "0fc0d6db-0000-42e5-a186-000000000001";
    subscribed(subscription, acme.id);
    subscribed("0fc0d6db-0000-42e5-a186-00000000000f", "0190c2a4-0000-7000-8000-0000000000ff");
    graph.pageSize = 1;
    await leave({ SLACK_BOT_TOKEN: "xoxb-acme", ...MAILBOX, RESEND_API_KEY: "re_1", SMTP_URL: "smtp://u:p@mail.example" }); // prettier-ignore
    const alive: boolean[] = [];
    const keys = {
      ...way.parts.keys,
      async destroy(tenant: typeof acme.id) {
        alive.push(slack.tokens.has("xoxb-acme"), graph.subscriptions.has(subscription));
        return way.parts.keys.destroy(tenant);
      },
    };
    expect(await way.drive(acme, { channels, keys })).toEqual({ kind: "gone" });
    expect(new Set(alive)).toEqual(new Set([false]));
    expect(slack.asked).toEqual(["auth.test", "auth.revoke", "auth.test"]);
    expect([...graph.subscriptions.keys()], "another client's is its own").toHaveLength(1);
    expect(await steps()).toEqual(["slack intent", "slack success", "graph intent", "graph success"]);
    expect(certified()).toEqual({
      slack: "revoked: Slack refuses the token",
      graph: "no subscription is left; the application's secret is the client's to withdraw",
      resend: "the client's to withdraw: it cannot end itself",
      smtp: "the client's to withdraw: it cannot end itself",
    });
    expect(JSON.stringify(way.outside.certificates)).not.toMatch(/xoxb|s3cret|re_1|acme\.example/);
  });

  it.each<[string, () => void, () => void]>([
    ["Slack answers with an error", () => void (slack.down = "internal_error"), () => void (slack.down = null)],
    ["Slack asks us to wait", () => void (slack.down = "ratelimited"), () => void (slack.down = null)],
    ["Slack says that it has, and still takes the token", () => void (slack.lies = true), () => void (slack.lies = false)], // prettier-ignore
    ["Microsoft is away", () => void (graph.down = 503), () => void (graph.down = null)],
  ])("O7 %s: it stays purging, keys stay, it is tried again, and a person hears of it", async (_, breaks, mends) => {
    await leave({ SLACK_BOT_TOKEN: `xoxb-${made}`, ...MAILBOX });
    breaks();
    expect(await drive()).toMatchObject({ kind: "failing", step: "provider_revoked", page: false });
    await t.adminSql("update platform.offboarding set failing_since = now() - interval '15 minutes' where tenant_id = $1", [acme.id]); // prettier-ignore
    expect(await drive()).toMatchObject({ kind: "failing", step: "provider_revoked", page: true });
    expect(way.outside.calls).not.toContain("destroy keys");
    mends();
    expect(await drive()).toEqual({ kind: "gone" });
    expect(slack.tokens.has(`xoxb-${made}`)).toBe(false);
  });

  it("O7 past Slack only by a person's word: the certificate says that the token is not known to be revoked", async () => {
    await leave({ SLACK_BOT_TOKEN: "xoxb-lost" });
    slack.down = "internal_error";
    expect((await drive()).kind).toBe("failing");
    expect((await overrideProvider(t.operator, { tenantId: acme.id, reason: "Slack is gone", by: ADA })).kind).toBe("overridden"); // prettier-ignore
    expect(await drive()).toEqual({ kind: "gone" });
    expect(certified()).toEqual({ slack: "not known to be revoked" });
  });

  it("O6 cut off right after the revocation: it goes on, and ends in the same words", async () => {
    await leave({ SLACK_BOT_TOKEN: "xoxb-cut" });
    const cut = { revoke: async (of: Parameters<typeof channels.revoke>[0]) => (await channels.revoke(of), Promise.reject(new Error("the lights go out"))) }; // prettier-ignore
    await expect(way.drive(acme, { channels: cut })).rejects.toThrow("the lights go out");
    expect(slack.tokens.has("xoxb-cut")).toBe(false);
    expect(await drive()).toEqual({ kind: "gone" });
    expect(certified()).toEqual({ slack: "revoked: Slack refuses the token" });
    expect(slack.asked.filter((method) => method === "auth.revoke")).toHaveLength(1);
  });

  it("what the client had withdrawn itself is asked for, and revoked by nobody", async () => {
    await leave({ SLACK_BOT_TOKEN: "xoxb-gone", ...MAILBOX, GRAPH_CLIENT_SECRET: "withdrawn" });
    slack.tokens.delete("xoxb-gone");
    expect(await drive()).toEqual({ kind: "gone" });
    expect(slack.asked).toEqual(["auth.test"]);
    expect(certified()).toMatchObject({ slack: "revoked: Slack refuses the token", graph: "withdrawn: Microsoft refuses the application's secret" }); // prettier-ignore
    expect(await steps()).toEqual([]);
  });

  it("a value that does not open keeps the keys: nobody can say that it was revoked", async () => {
    await leave({ SLACK_BOT_TOKEN: "xoxb-altered" });
    await t.adminSql("update keys.dek set wrapped = set_byte(wrapped, 19, get_byte(wrapped, 19) # 1) where tenant_id = $1 and purpose = 'env'", [acme.id]); // prettier-ignore
    expect(await drive()).toMatchObject({ kind: "failing", step: "provider_revoked", why: expect.stringContaining("SLACK_BOT_TOKEN does not open") }); // prettier-ignore
  });

  it("of a client that is not being erased nothing is read", async () => {
    await expect(channels.revoke({ tenantId: acme.id, prefix: acme.prefix })).rejects.toMatchObject({ code: "invariant_broken" }); // prettier-ignore
    expect(slack.asked).toEqual([]);
    await checkWorld(t);
  });
});

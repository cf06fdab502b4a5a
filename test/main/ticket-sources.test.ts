// Every source of tickets as its users have it: one running server, GitHub, Slack, Microsoft, a mailbox and a post office beside it, and
// everything set up by the commands of docs/ticket-sources.md. In each: a ticket opens, an answer from another channel lands on it, what we
// ask goes out where the client spoke, and the other client sees nothing of it.
// Slack is an emulator nobody here wrote, and IMAP is Dovecot; Microsoft has no emulator for mail: a double that answers the official client
// as the documentation says.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { createEmulator } from "emulate";
import { createTransport } from "nodemailer";
import { Client } from "pg";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { account, acts, repository, scene, serveWorld, signature } from "#demo/world";
import { inherited } from "#platform/process";
import { graphDouble } from "../mail/graph-double.ts";
import { mime } from "../mail/stage.ts";
import { dovecot } from "../support/dovecot.ts";
import { freePort } from "../support/free-port.ts";
import { program, temporaryDirectory } from "../support/program.ts";

const SIGNING = "8f742231b10e8888abcd99e0d0c085a5";
const HELP = "help@countersign.example";
const told = scene({ webhookSecret: "9f2c81d07be64a35b1d0e88f53a7c264" });
const { world } = told;
told.clock.set(new Date().toISOString());
const github = await serveWorld(world);
const graph = await graphDouble();
const imap = await dovecot();
const slack = await createEmulator({
  service: "slack",
  port: await freePort(),
  seed: { slack: { team: { name: "acme", domain: "acme" }, channels: [{ name: "help" }] } },
});
interface Sent {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
}
const sent: Sent[] = [];
const post = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  onData(stream, _, taken) {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      void PostalMime.parse(Buffer.concat(chunks)).then(({ to = [], subject = "", text = "", messageId = "" }) => {
        sent.push({ to: to.map(({ address }) => address).join(), subject, text, messageId });
        taken();
      });
    });
  },
});
const postPort = await freePort();
await new Promise<void>((resolve) => void post.listen(postPort, "127.0.0.1", resolve));
afterAll(async () => {
  post.close();
  await Promise.all([github.close(), graph.close(), slack.close(), imap.close()]);
});

const dir = temporaryDirectory();
const env: Readonly<Record<string, string>> = {
  APP_ID: String(told.appId), PRIVATE_KEY: told.privateKey, WEBHOOK_SECRET: told.webhookSecret, GITHUB_API_URL: github.url,
  SLACK_API_URL: `${slack.url}/api`, GRAPH_API_URL: graph.graph, GRAPH_LOGIN_URL: graph.login, NODE_EXTRA_CA_CERTS: imap.authority,
  PUBLIC_URL: "https://countersign.example", DATA_DIR: dir, CLIENTS_DIR: temporaryDirectory(), PORT: "0", LOG_LEVEL: "error",
}; // prettier-ignore
const main = join(import.meta.dirname, "../../src/main.ts");
interface Ran {
  readonly status: number | null;
  readonly out: string;
}
/** A command as somebody types it; `value` is what it asks for. The doubles go on meanwhile: they are in this process. */
async function countersign(line: string, value = ""): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...line.split(" ")], {
    env: { ...inherited("PATH", "NODE_COMPILE_CACHE"), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => void (out += chunk.toString()));
  child.stdin.end(value);
  await once(child, "close");
  return { status: child.exitCode, out };
}
async function ran(line: string, value = ""): Promise<string> {
  const { status, out } = await countersign(line, value);
  expect(status, `countersign ${line}:\n${out}`).toBe(0);
  return out;
}
async function secrets(prefix: string, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) await ran(`secret set ${prefix} ${name}`, value);
}

let url = "";
let team = "";
let channel = "";
const ids = new Map<string, string>();
const keys = new Map<string, string>();
const rows = async (text: string): Promise<readonly Record<string, unknown>[]> => {
  const cluster = z.object({ port: z.number(), adminPassword: z.string() }).parse(JSON.parse(readFileSync(join(dir, "live/postgres/cluster.json"), "utf8"))); // prettier-ignore
  const client = new Client({ host: "127.0.0.1", port: cluster.port, user: "postgres", password: cluster.adminPassword, database: "countersign" }); // prettier-ignore
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};
const whole = z.looseObject({
  name: z.string(),
  title: z.string(),
  state: z.string(),
  said: z.array(z.looseObject({ channel: z.string(), sender: z.string(), text: z.string() })).default([]),
});
const headers = (prefix: string) => ({ authorization: `Bearer ${keys.get(prefix) ?? ""}`, "content-type": "application/json" }); // prettier-ignore
const show = async (name: string, prefix = "acme") =>
  whole.parse(await (await fetch(`${url}/v1/tickets/${name}`, { headers: headers(prefix) })).json());
const list = async (prefix: string) =>
  z
    .object({ tickets: z.array(whole) })
    .parse(await (await fetch(`${url}/v1/tickets`, { headers: headers(prefix) })).json()).tickets;
async function act(name: string, body: object, prefix = "acme"): Promise<void> {
  const answer = await fetch(`${url}/v1/tickets/${name}/acts`, { method: "POST", headers: headers(prefix), body: JSON.stringify(body) }); // prettier-ignore
  expect(answer.status, await answer.text()).toBe(200);
}
/** As soon as there is one of that title. */
async function opened(title: string, prefix = "acme"): Promise<string> {
  let name = "";
  await expect
    .poll(async () => (name = (await list(prefix)).find((each) => each.title === title)?.name ?? ""), {
      timeout: 60_000,
      interval: 250,
    }) // prettier-ignore
    .not.toBe("");
  return name;
}
const says = (name: string, text: string, prefix = "acme") =>
  expect
    .poll(async () => (await show(name, prefix)).said.map((each) => each.text), { timeout: 60_000, interval: 250 })
    .toContain(text);
const waitsFor = (name: string, prefix = "acme") => expect.poll(async () => (await show(name, prefix)).state, { timeout: 60_000, interval: 250 }); // prettier-ignore
/** A mail of the client's, and Microsoft says that it has come. */
async function arrives(over: Readonly<Record<string, string>>, text: string): Promise<void> {
  graph.mails.push({ id: `AAMk${graph.mails.length}=`, mime: mime(over, text), at: new Date().toISOString() });
  expect(await graph.notify()).toEqual([202]);
}
const mailed = async (to: string, text: string): Promise<Sent> => {
  let found: Sent | undefined;
  await expect
    .poll(() => (found = sent.find((each) => each.to === to && each.text.includes(text))), {
      timeout: 60_000,
      interval: 250,
    }) // prettier-ignore
    .toBeDefined();
  return found ?? expect.unreachable();
};

const atSlack = async (method: string, body: object = {}): Promise<unknown> =>
  (
    await fetch(`${slack.url}/api/${method}`, {
      method: "POST",
      headers: { authorization: "Bearer xoxb-acme", "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  ).json();

/** The commands of docs/ticket-sources.md; both clients' beside each other. */
async function setUp(prefix: "acme" | "globex"): Promise<void> {
  await ran(`person add opal --tenant ${prefix} --role operator --role admin --github-id 7000`);
  const issued = await ran(`key issue --tenant ${prefix} --name desk --can ticket.work --json`);
  keys.set(prefix, /csk_[A-Za-z0-9_-]+/.exec(issued)?.[0] ?? "");
  await secrets(prefix, { MAIL_DOMAINS: `${prefix}.example`, SMTP_URL: `smtp://127.0.0.1:${postPort}` });
  if (prefix === "globex") return secrets(prefix, { MAIL_FROM: "help@globex.example", IMAP_URL: imap.url });
  await secrets(prefix, { GRAPH_TENANT: "acme.onmicrosoft.example", GRAPH_CLIENT_ID: "app", GRAPH_CLIENT_SECRET: "s3cret", GRAPH_MAILBOX: HELP, MAIL_FROM: HELP }); // prettier-ignore
  await secrets(prefix, { SLACK_SIGNING_SECRET: SIGNING.replace("8", "9"), SLACK_BOT_TOKEN: "xoxb-acme" });
}

beforeAll(async () => {
  const server = program(["serve"], env);
  [, url = ""] = await server.says(/ready: (\S+)/);
  world.hook.url = `${url}/api/github/webhooks`;
  graph.reach = (address) => address.replace("https://countersign.example", url);
  graph.mailboxes.add(HELP);
  await ran(`tenant onboard acme --installation ${told.installation}`);
  await ran("tenant onboard globex");
  // A pull request that was there before: by it the server has come to know the repository.
  await github.deliver();
  world.hook.automatic = true;
  await Promise.all([setUp("acme"), setUp("globex")]);
  for (const { id, prefix } of await rows("select id::text, prefix from platform.tenant"))
    ids.set(String(prefix), String(id));
  team = z.object({ team_id: z.string() }).parse(await atSlack("auth.test")).team_id;
  const { channels } = z.object({ channels: z.array(z.object({ id: z.string(), name: z.string() })) }).parse(await atSlack("conversations.list")); // prettier-ignore
  channel = channels.find(({ name }) => name === "help")?.id ?? expect.unreachable();
}, 600_000);

describe("GitHub", () => {
  const repo = repository(world, told.repo);
  const by = account(world, "ann");
  const deliver = async (event: string, payload: object): Promise<void> => {
    const raw = JSON.stringify(payload);
    const answer = await fetch(world.hook.url ?? "", {
      method: "POST",
      headers: { "content-type": "application/json", "x-github-event": event, "x-github-delivery": crypto.randomUUID(), "x-hub-signature-256": signature(told.webhookSecret, raw) },
      body: raw,
    }); // prettier-ignore
    expect(answer.status).toBe(202);
  };

  test("a label, an assignment and a command open tickets; what we ask is a comment, a comment answers it", async () => {
    const { number } = acts.addIssue(world, repo, { by, appId: null, title: "Sign in fails", body: "It says 500.", labels: ["countersign"] }); // prettier-ignore
    const name = await opened("Sign in fails");
    await act(name, { act: "ask", text: "Since when is that?" });
    await expect
      .poll(
        () =>
          repo.comments.filter((each) => each.number === number && each.body.includes("Since when is that?")).length,
        { timeout: 60_000, interval: 250 },
      ) // prettier-ignore
      .toBe(1);
    await waitsFor(name).toBe("waiting_client");
    // GitHub's times are whole seconds: of an answer within the first one nobody knows whether it came before the question.
    told.clock.set(new Date(Date.now() + 1_000).toISOString());
    acts.comment(world, { repo: told.repo, number, by: "ann", body: "Since Monday." });
    await says(name, "Since Monday.");
    await waitsFor(name).not.toBe("waiting_client");

    acts.addIssue(world, repo, { by, appId: null, title: "The export is empty", body: "", labels: [] });
    await github.deliver();
    const issue = world.hook.log.findLast(({ event }) => event === "issues") ?? expect.unreachable();
    const payload = z.looseObject({}).parse(JSON.parse(issue.raw));
    await deliver("issues", { ...payload, action: "assigned", assignee: { login: "countersign[bot]" } });
    await opened("The export is empty");
    acts.comment(world, { repo: told.repo, number: told.number, by: "ann", body: "/countersign ticket" });
    await opened("Correct the answer");
  });
});

describe("Microsoft 365", () => {
  test("the check reads the mailbox and has the server look; Microsoft subscribes us once we have said its words", async () => {
    expect(await ran("mail check acme")).toBe("ok    Microsoft 365: it is read. 0 mails in the last day.\n");
    await expect.poll(() => graph.subscriptions.size, { timeout: 60_000, interval: 100 }).toBe(1);
  });

  test("a mail opens a ticket as soon as Microsoft says so; what we ask is a mail, and its answer lands", async () => {
    await arrives({ "Message-ID": "<m1@acme.example>", Subject: "The invoice is wrong" }, "It says 12.");
    const name = await opened("The invoice is wrong");
    await act(name, { act: "ask", text: "Which invoice is it?" });
    const question = await mailed("ann@acme.example", "Which invoice is it?");
    expect(question.subject).toContain(`[${name}]`);
    await waitsFor(name).toBe("waiting_client");
    await arrives({ "In-Reply-To": question.messageId, Subject: `Re: ${question.subject}` }, "Number 9.");
    await says(name, "Number 9.");
    await waitsFor(name).not.toBe("waiting_client");
  });

  test("N9 N10 a delta token that is lost, and a subscription near its end: nothing is heard twice, and it is renewed", async () => {
    const before = (await list("acme")).length;
    graph.forget();
    await rows("update inbox.mailbox set subscribed_until = now() + interval '1 hour' where kind = 'graph'");
    await arrives({ "Message-ID": "<m2@acme.example>", Subject: "Another thing" }, "And this.");
    await opened("Another thing");
    await expect.poll(() => graph.asked.filter((each) => each.startsWith("PATCH")).length, { timeout: 60_000 }).toBeGreaterThan(0); // prettier-ignore
    expect(await list("acme")).toHaveLength(before + 1);
    expect(graph.subscriptions.size).toBe(1);
  });

  test("an answer by mail lands on a ticket from GitHub, by its name in the subject", async () => {
    const name = await opened("The export is empty");
    await arrives({ Subject: `Re: [${name}] The export is empty` }, "It is the CSV.");
    await says(name, "It is the CSV.");
    expect((await show(name)).said.map((each) => each.channel)).toEqual(["github", "mail"]);
  });
});

describe("Slack", () => {
  /** As Slack signs it. Gives the status. */
  async function send(what: string, body: string, over: { readonly secret?: string; readonly at?: number } = {}) {
    const at = String(over.at ?? Math.floor(Date.now() / 1_000));
    const made = createHmac("sha256", over.secret ?? SIGNING)
      .update(`v0:${at}:${body}`)
      .digest("hex");
    const headers = { "x-slack-request-timestamp": at, "x-slack-signature": `v0=${made}` };
    return (await fetch(`${url}/api/slack/${ids.get("acme") ?? ""}/${what}`, { method: "POST", headers, body })).status;
  }
  let count = 0;
  const event = (over: object): string =>
    JSON.stringify({
      type: "event_callback", team_id: team, event_id: `Ev${(count += 1)}`,
      event: { type: "message", user: "UANN", channel, ...over },
    }); // prettier-ignore
  const form = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();
  const written = async (text: string): Promise<string> =>
    z.object({ ts: z.string() }).parse(await atSlack("chat.postMessage", { channel, text })).ts;
  const thread = async (ts: string): Promise<string> =>
    JSON.stringify(await atSlack("conversations.replies", { channel, ts }));

  test("a signing secret of another app is told by the check; with the right one all of it works", async () => {
    expect(await ran(`slack connect acme --team ${team} --channel ${channel}`)).toContain(
      `https://countersign.example/api/slack/${ids.get("acme") ?? ""}/events`,
    );
    expect(await send("events", event({ text: "x", ts: "1.1" }))).toBe(401);
    expect(await countersign("slack check acme")).toMatchObject({
      status: 1,
      out: expect.stringMatching(/refused since .*: it is not signed with the client's SLACK_SIGNING_SECRET/),
    });
    await secrets("acme", { SLACK_SIGNING_SECRET: SIGNING });
    expect(await send("events", JSON.stringify({ type: "url_verification", challenge: "c" }))).toBe(200);
    expect(await ran("slack check acme")).toMatch(/is taken: .*\n.*is read\.\nok {4}Slack was last heard for acme at/);
  });

  test("a message opens a ticket, what we ask is in its thread, an answer by mail lands on it", async () => {
    const ts = await written("The printer is on fire");
    expect(await send("events", event({ text: "The printer is on fire", ts }))).toBe(200);
    const name = await opened("The printer is on fire");
    await act(name, { act: "ask", text: "Which floor?" });
    await expect.poll(() => thread(ts), { timeout: 60_000, interval: 250 }).toContain("Which floor?");
    await waitsFor(name).toBe("waiting_client");
    await arrives({ Subject: `Re: [${name}]` }, "The third.");
    await says(name, "The third.");
    expect(await send("events", event({ text: "It is out.", ts: `${ts.split(".")[0]}.999999`, thread_ts: ts }))).toBe(200); // prettier-ignore
    await says(name, "It is out.");
  });

  test("a command opens one with a thread of its own; a click is believed once, and from this workspace alone", async () => {
    const command = form({ team_id: team, user_id: "UANN", channel_id: channel, command: "/countersign", text: "ticket The lift is stuck", response_url: "" }); // prettier-ignore
    expect(await send("commands", command)).toBe(200);
    await opened("The lift is stuck");
    const action = { action_id: "countersign:reject", value: "0197b5a0-0000-7000-8000-00000000000a" };
    const click = form({ payload: JSON.stringify({ type: "block_actions", team: { id: team }, user: { id: "UEVE", team_id: "TOTHER" }, response_url: "", actions: [action] }) }); // prettier-ignore
    const at = Math.floor(Date.now() / 1_000);
    expect([await send("actions", click, { at }), await send("actions", click, { at })]).toEqual([200, 401]);
    const refused = async () => (await ran("audit log --tenant acme --json")).includes("slack.refused");
    await expect.poll(refused, { timeout: 60_000, interval: 1_000 }).toBe(true);
  });
});

describe("IMAP", () => {
  const letter = async (text: string, subject: string, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const transport = createTransport({ host: "127.0.0.1", port: imap.smtpPort, ignoreTLS: true });
    await transport.sendMail({
      from: "Gus <gus@globex.example>",
      to: "help@acme.example",
      subject,
      text,
      headers: more,
    });
    transport.close();
  };
  /** As five minutes later. */
  const looked = () =>
    rows(
      `select graphile_worker.add_job('mail.poll', json_build_object('tenant', '${ids.get("globex") ?? ""}', 'mailbox', 'imap'))`,
    );

  test("a mail that was dropped by SMTP opens a ticket, what we ask is a mail, its answer lands; the mailbox stays as it was", async () => {
    await letter("It does not start.", "The engine");
    expect(await ran("mail check globex")).toBe("ok    IMAP: it is read. 1 mail in the last day.\n");
    const name = await opened("The engine", "globex");
    await act(name, { act: "ask", text: "Is there fuel?" }, "globex");
    const question = await mailed("gus@globex.example", "Is there fuel?");
    await letter("There is.", `Re: ${question.subject}`, { "In-Reply-To": question.messageId });
    await looked();
    await says(name, "There is.", "globex");
    expect(
      imap.files().every((file) => !/:2,.+/.test(file)),
      "no flag was set",
    ).toBe(true);
  });
});

describe("the API and the command line", () => {
  test("a ticket opens for somebody, the question goes to their address, and the answer lands", async () => {
    const body = JSON.stringify({ title: "By a program", text: "A disk is full.", key: "disk-1", customer: { name: "Ann", address: "ann@acme.example" } }); // prettier-ignore
    for (const status of [201, 200])
      expect((await fetch(`${url}/v1/tickets`, { method: "POST", headers: headers("acme"), body })).status).toBe(
        status,
      );
    const program = await opened("By a program");
    const cli = /ACME-\d+/.exec(await ran("ticket open --tenant acme --title Export --text Empty --customer Ann --mail ann@acme.example"))?.[0] ?? ""; // prettier-ignore
    await act(program, { act: "ask", text: "Which disk?" });
    await ran(`ticket ask ${cli} --text Really?`);
    for (const [name, question] of [[program, "Which disk?"], [cli, "Really?"]] as const) {
      const { messageId, subject } = await mailed("ann@acme.example", question);
      await arrives({ "In-Reply-To": messageId, Subject: `Re: ${subject}` }, `About ${name}`);
      await says(name, `About ${name}`);
    } // prettier-ignore
  });
});

describe("afterwards", () => {
  test("T1 neither client sees anything of the other's", async () => {
    expect((await list("globex")).map(({ title }) => title)).toEqual(["The engine"]);
    expect((await list("acme")).map(({ title }) => title)).not.toContain("The engine");
    expect(sent.filter(({ to }) => to === "gus@globex.example").map(({ text }) => text).join()).not.toContain("ACME"); // prettier-ignore
    const answer = await fetch(`${url}/v1/tickets/ACME-1`, { headers: headers("globex") });
    expect(answer.status).toBe(404);
  });

  test("doctor tells how each source stands, and the log verifies", async () => {
    const { out } = await countersign("doctor");
    expect(out).toMatch(/Slack was last heard for acme at/);
    expect(out).toMatch(/The mailbox of acme \(Microsoft 365\) was read at/);
    expect(out).toMatch(/The mailbox of globex \(IMAP\) was read at/);
    const { vkey } = z.looseObject({ vkey: z.string() }).parse(JSON.parse(await ran("audit key show --json")));
    await ran(`audit verify --key ${vkey} --state ${temporaryDirectory()}`);
  });
});

// A look into a client's mailboxes: by the clock (N10), because Microsoft said that something is new, or before a ticket is closed.

import { randomBytes } from "node:crypto";
import { z } from "zod";
import { Fault, instantOfMillis, tenantId, type Instant, type TenantId } from "#kernel";
import type { Job, JobHandler } from "#platform/jobs";
import { branded, type TenantClaim, type TenantTx } from "#platform/postgres";
import type { MailFacts, Signal } from "#tickets";
import { ingest } from "./ingest.ts";
import { LIMITS } from "./limits.ts";
import { problemOf } from "./open.ts";
import { readMail } from "./parse.ts";
import {
  MAIL_SECRETS,
  MAILBOXES,
  NAMES_OF,
  type MailboxKind,
  type MailParts,
  type MailSecret,
  type OpenMailbox,
} from "./ports.ts";
import { answersWait } from "./quarantine.ts";
import {
  forgetSubscription,
  mailboxOf,
  noteCursor,
  notePolled,
  noteRenewed,
  noteSubscription,
  type Mailbox,
} from "./rows.ts";

const POLL_TASK = "mail.poll";

export const pollJob = (tenant: TenantId, mailbox: MailboxKind): Job => ({
  task: POLL_TASK,
  payload: { tenant, mailbox },
  key: `mail:${tenant}:${mailbox}`,
  queue: `mail:${tenant}:${mailbox}`,
  maxAttempts: 5,
});

const jobPayload = z.object({ tenant: branded(z.string(), tenantId), mailbox: z.enum(MAILBOXES) });

/** `mail.poll`, for `startWorkers`. It may run twice or be cut off anywhere: each mail is heard once. */
export const mailHandlers = (parts: MailParts): Readonly<Record<string, JobHandler>> => ({
  [POLL_TASK]: async (payload) => {
    const { tenant, mailbox } = jobPayload.parse(payload);
    const claim = await parts.database.claimFor(tenant);
    const opened = claim === null ? null : await openBox(parts, claim, mailbox);
    if (claim === null || opened === null) return;
    await poll(parts, claim, mailbox, opened);
    await keepSubscribed(parts, claim, opened);
  },
});

/** Asks for a look into each mailbox whose turn it is. */
export async function lookForMail(parts: MailParts, claims: readonly TenantClaim[]): Promise<void> {
  for (const claim of claims)
    await parts.database.withTenant(claim, async (tx) => {
      for (const kind of MAILBOXES) {
        const there = await parts.secret(tx, kind === "graph" ? "GRAPH_MAILBOX" : "IMAP_URL");
        if (there === null) continue;
        const { polledAt } = await mailboxOf(parts.keys, tx, kind);
        if (polledAt === null || parts.clock() - polledAt >= LIMITS.pollEveryMs)
          await parts.enqueue(tx, pollJob(claim.tenantId, kind));
      }
    });
}

interface Opened {
  readonly box: OpenMailbox;
  readonly state: Mailbox;
  readonly facts: MailFacts;
}

export async function mailSecrets(secret: MailParts["secret"], tx: TenantTx): Promise<ReadonlyMap<MailSecret, string>> {
  const sealed = new Map<MailSecret, string>();
  for (const name of MAIL_SECRETS) {
    const value = await secret(tx, name);
    if (value !== null) sealed.set(name, value);
  }
  return sealed;
}

/** null: this client has no such mailbox. */
function openBox(parts: MailParts, claim: TenantClaim, kind: MailboxKind): Promise<Opened | null> {
  return parts.database.withTenant(claim, async (tx) => {
    const sealed = await mailSecrets(parts.secret, tx);
    const box = parts.open(kind, sealed);
    if (box === null) {
      // Half of it is set: nobody would know that nothing is read.
      if (NAMES_OF[kind].some((name) => sealed.has(name))) await notePolled(tx, kind, problemOf(kind, sealed));
      return null;
    }
    return { box, state: await mailboxOf(parts.keys, tx, kind), facts: factsOf(await parts.prefix(tx), sealed) };
  });
}

const ADDRESS = /[^\s<>@,;]+@[^\s<>@,;]+/;
function factsOf(prefix: string, sealed: ReadonlyMap<MailSecret, string>): MailFacts {
  const user = (): string => {
    try {
      return decodeURIComponent(new URL(sealed.get("IMAP_URL") ?? "").username);
    } catch {
      return "";
    }
  };
  const own = [sealed.get("GRAPH_MAILBOX"), sealed.get("MAIL_FROM"), user()].flatMap(
    (text) => ADDRESS.exec(text ?? "")?.[0] ?? [],
  );
  const domains = (sealed.get("MAIL_DOMAINS") ?? "")
    .toLowerCase()
    .split(/[\s,;]+/)
    .map((each) => each.replace(/^@/, ""));
  return { prefix, own: own.map((each) => each.toLowerCase()), domains: domains.filter((each) => each.includes(".")) };
}

async function poll(
  parts: MailParts,
  claim: TenantClaim,
  kind: MailboxKind,
  { box, state, facts }: Opened,
): Promise<void> {
  const inTenant = parts.database.withTenant.bind(parts.database, claim);
  let { cursor } = state;
  try {
    for (let page = 0; page < LIMITS.pages; page += 1) {
      const looked = await box.look(cursor, sinceOf(parts.clock(), state));
      if (looked.kind === "lost") {
        // N9: read anew, as far back as is bounded; what was heard before is known by its own id.
        if (cursor === null) throw new Fault("mail_unavailable", "The mailbox does not say what is new in it.");
        cursor = null;
        await inTenant((tx) => noteCursor(parts.keys, tx, kind, null));
        continue;
      }
      for (const fetch of looked.mails) {
        const arrived = await fetch();
        // Before any transaction: no mail, however it is built, holds one open.
        const mail = arrived === null ? null : await readMail(arrived);
        if (mail !== null) await inTenant((tx) => ingest(parts, tx, mail, facts));
      }
      cursor = looked.cursor;
      const reached = cursor;
      await inTenant((tx) => noteCursor(parts.keys, tx, kind, reached));
      if (!looked.more) {
        await inTenant((tx) => notePolled(tx, kind, null));
        return;
      }
    }
    // Goes on where it was, at once.
    await inTenant((tx) => parts.enqueue(tx, pollJob(claim.tenantId, kind)));
  } catch (error) {
    await inTenant((tx) =>
      notePolled(tx, kind, error instanceof Fault ? error.message.slice(0, 300) : "The mailbox did not answer."),
    );
    throw error;
  }
}

/** The first look goes a day back; one that nobody knows the place of, to the last whole one, and a week at most. */
function sinceOf(nowMs: number, { polledAt }: Mailbox): Instant {
  if (polledAt === null) return instantOfMillis(nowMs - LIMITS.firstMs);
  return instantOfMillis(Math.max(nowMs - LIMITS.resyncMs, polledAt - 3_600_000));
}

/** Made, renewed in time, and made again when it is gone. Failing it costs minutes: mail is looked for all the same (N10). */
async function keepSubscribed(parts: MailParts, claim: TenantClaim, { box, state }: Opened): Promise<void> {
  const { publicUrl } = parts;
  if (box.subscribe === null || publicUrl?.startsWith("https://") !== true) return;
  const now = parts.clock();
  const until = instantOfMillis(now + LIMITS.subscriptionMs);
  const url = `${publicUrl}/api/mail/${claim.tenantId}/graph`;
  const { subscription: before } = state;
  if (before !== null && before.until - now > LIMITS.renewBeforeMs) return;
  const inTenant = parts.database.withTenant.bind(parts.database, claim);
  const live = before !== null && before.until > now ? before : null;
  if (live !== null) {
    const renewed = await box.subscribe({ before: live.id, url, clientState: "", until });
    // Its state stays: a renewed one goes on saying it.
    if (renewed !== null) return void (await inTenant((tx) => noteRenewed(tx, renewed)));
    await inTenant(forgetSubscription);
  }
  const clientState = randomBytes(32).toString("base64url");
  const made = await box.subscribe({ before: null, url, clientState, until });
  if (made !== null) await inTenant((tx) => noteSubscription(tx, { ...made, clientState }));
}

/** For a close: what the mailbox has now is heard first. Fails closed: what could not be read is no silence. */
export async function mailSignal(parts: MailParts, tenant: TenantId, since: Instant): Promise<Signal> {
  const claim = await parts.database.claimFor(tenant);
  if (claim === null) return unknown("The client is not active.");
  let read = 0;
  for (const kind of MAILBOXES) {
    const opened = await openBox(parts, claim, kind);
    if (opened === null) continue;
    await poll(parts, claim, kind, opened);
    read += 1;
  }
  if (read === 0) return unknown("There is no mailbox to read answers in.");
  if (await parts.database.withTenant(claim, (tx) => answersWait(tx, since)))
    return unknown("A mail that says it answers a ticket waits in quarantine.");
  // What was new has been heard, and has ended the wait by itself.
  return { kind: "silent" };
}

const unknown = (why: string): Signal => ({ kind: "unknown", why });

import { expect, test } from "vitest";
import { instantOfMillis, known, unknown } from "#kernel";
import type { Findings } from "../../src/cli/doctor/findings.ts";
import { judgeSources } from "../../src/cli/doctor/judge-sources.ts";
import { at, well } from "./well.ts";

const slack = { kind: "slack", prefix: "acme", connectedAt: at, heardAt: at, refused: null } as const;
const imap = { kind: "imap", prefix: "acme", readAt: at, failing: null } as const;
const anHourAgo = instantOfMillis(at - 3_600_000);

test.each<[string, Findings["sources"], "ok" | "warn" | "fail", string, string | null]>([
  ["Slack is heard", known([slack]), "ok", "Slack was last heard for acme at 2026-11-21T10:00:00.000Z.", null],
  ["a mailbox is read", known([imap]), "ok", "The mailbox of acme (IMAP) was read at 2026-11-21T10:00:00.000Z.", null],
  ["nobody has one", known([]), "ok", "No client has connected Slack or a mailbox", null],
  [
    "Slack has sent nothing since its workspace was connected",
    known([{ ...slack, connectedAt: anHourAgo, heardAt: null }]),
    "warn",
    "Slack has sent nothing for acme since its workspace was connected at 2026-11-21T09:00:00.000Z",
    "countersign slack show acme",
  ],
  [
    "what Slack sends is refused",
    known([{ ...slack, refused: { since: at, why: "signature" } }]),
    "warn",
    "refused since 2026-11-21T10:00:00.000Z: it is not signed with the client's SLACK_SIGNING_SECRET",
    "countersign secret set acme SLACK_SIGNING_SECRET",
  ],
  [
    "another workspace's app is told the address",
    known([{ ...slack, refused: { since: at, why: "workspace" } }]),
    "warn",
    "from another workspace than the connected one",
    "countersign slack check acme",
  ],
  [
    "a mailbox does not take its password any more",
    known([{ ...imap, failing: { since: at, why: "Its server does not take this user and password." } }]),
    "warn",
    "The mailbox of acme (IMAP) is not read since 2026-11-21T10:00:00.000Z, the last time at 2026-11-21T10:00:00.000Z: Its server",
    "countersign mail check acme",
  ],
  [
    "a mailbox never was read",
    known([{ ...imap, readAt: null, failing: { since: null, why: "GRAPH_CLIENT_SECRET is not set." } }]),
    "warn",
    "The mailbox of acme (IMAP) is not read, it never was: GRAPH_CLIENT_SECRET",
    "countersign mail check acme",
  ],
  [
    "nobody looks into a mailbox",
    known([{ ...imap, readAt: anHourAgo }]),
    "warn",
    "The mailbox of acme (IMAP) was not looked into since 2026-11-21T09:00:00.000Z",
    "A server looks every five minutes",
  ],
  ["they cannot be read", unknown("no answer"), "fail", "no answer", "lines about the database"],
])("%s", (_, sources, status, what, next) => {
  const [line] = judgeSources({ ...well, sources });
  expect(line?.status).toBe(status);
  expect(line?.what).toContain(what);
  if (next === null) expect(line?.next).toBeNull();
  else expect(line?.next).toContain(next);
});

test("somebody who is just setting Slack up is not warned", () =>
  expect(judgeSources({ ...well, sources: known([{ ...slack, heardAt: null }]) })).toEqual([]));

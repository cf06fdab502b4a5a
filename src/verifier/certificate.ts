// The certificate of a tenant's erasure: a signed note (c2sp.org/signed-note) under an origin of its own. Its second line is canonical
// JSON for programs; the lines after it say the same for people, and nothing else: they are made from the JSON, here and when it is read.

import { canonical } from "./canonical.ts";
import { isCount, isHashText, isText, isUuid, members, type Members } from "./shape.ts";

/** `<base>/offboarding`; the log's own is `<base>/epochs`. No checkpoint's second line begins with a brace, so none is both. */
export const CERTIFICATES = "/offboarding";

export interface CertifiedStep {
  readonly step: string;
  /** RFC 3339, UTC, milliseconds. So is every instant here. */
  readonly at: string;
  /** Numbers and random ids. */
  readonly detail: Members;
}

export interface Certificate {
  readonly tenant: string;
  /** HMAC-SHA256 of the name, hex, under a key that the platform keeps. */
  readonly prefixHmac: string;
  /** The entry that ordered it, and the log in which it is. */
  readonly order: { readonly log: string; readonly id: string; readonly at: string };
  /** From then on it could not be taken back. */
  readonly hardAfter: string;
  readonly steps: readonly CertifiedStep[];
  /** Deleted rows, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Removed things outside the tables, by kind. */
  readonly assets: Readonly<Record<string, number>>;
  /** Ids of destroyed keys. */
  readonly keys: readonly string[];
  /** What was looked at afterwards, each with nothing found. */
  readonly checks: readonly { readonly id: string; readonly what: string }[];
  /** The entry that says why keys were destroyed before a provider had answered; null: all had. */
  readonly override: string | null;
  /** Backups may hold ciphertext, which nothing opens, until then. */
  readonly horizon: string;
  /** The tenant's log as it stays. `root` in hex; "" for a log of nothing. */
  readonly log: { readonly size: number; readonly root: string };
  /** What stays for ever, by table, with the reason. */
  readonly stays: Readonly<Record<string, string>>;
}

export type ReadCertificate =
  | { readonly kind: "certificate"; readonly origin: string; readonly certificate: Certificate }
  /** `at`: the place, such as `line 7` or `line 2, /steps/3/at`. */
  | { readonly kind: "malformed"; readonly at: string; readonly why: string };

const malformed = (at: string, why: string): ReadCertificate => ({ kind: "malformed", at, why });

/** What is signed. Throws NotCanonical for a certificate that has no spelling. */
export const formatCertificate = (origin: string, certificate: Certificate): string =>
  [origin, canonical({ v: 1, ...certificate }), ...linesOf(certificate)].map((line) => `${line}\n`).join("");

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
const sorted = <T>(table: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1));

function linesOf(c: Certificate): readonly string[] {
  const rows = sorted(c.rows).filter(([, count]) => count > 0);
  return [
    "CERTIFICATE OF ERASURE",
    `Tenant ${c.tenant} was erased. Nothing of it is left but what is listed at the end.`,
    `Ordered ${c.order.at} by entry ${c.order.id} of log ${c.order.log}; beyond recall from ${c.hardAfter} on.`,
    "What was done, and when:",
    ...c.steps.map(({ step, at, detail }) => `  ${at} ${step} ${canonical(detail)}`),
    `Rows deleted: ${total(c.rows)}`,
    ...rows.map(([table, count]) => `  ${table}: ${count}`),
    `Things outside the tables removed: ${total(c.assets)}`,
    ...sorted(c.assets).map(([kind, count]) => `  ${kind}: ${count}`),
    `Keys destroyed: ${c.keys.length}`,
    ...c.keys.map((key) => `  ${key}`),
    "Looked at afterwards, by a login that sees every tenant's rows:",
    ...c.checks.map(
      ({ id, what }) => `  (${id}) ${what}: ${id === PROVIDERS && c.override !== null ? "NOT ASKED" : "yes"}`,
    ),
    c.override === null
      ? "Every provider had confirmed before the keys were destroyed."
      : `Keys were destroyed before every provider had answered, by an order of its own: entry ${c.override}.`,
    `Backups: until ${c.horizon} they may hold ciphertext of this tenant. Its key was in none of them: nothing opens it.`,
    `Its log stays as ${c.log.size} hashes of 32 bytes, root ${c.log.root === "" ? "none" : c.log.root}, so that what was published before still verifies.`,
    "What stays, and why:",
    ...sorted(c.stays).map(([table, why]) => `  ${table}: ${why}`),
  ];
}

/** The look at providers, which an order may pass over. */
const PROVIDERS = "g";
const CHECKED = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
const MEMBERS = [
  "v", "tenant", "prefixHmac", "order", "hardAfter", "steps", "rows", "assets", "keys", "checks", "override", "horizon", "log", "stays",
]; // prettier-ignore
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Goes into a line of its own: no line end, nothing that a terminal obeys. */
const LINE = /^[\u0020-\u007e]{1,500}$/;

const isTime = (value: unknown): value is string =>
  isText(value) && TIME.test(value) && !Number.isNaN(Date.parse(value));
const isLine = (value: unknown): value is string => isText(value) && LINE.test(value);

/** Never throws: whatever it is, it is a certificate or has a place where it is none. */
export function readCertificate(body: string): ReadCertificate {
  const lines = body.split("\n");
  const [origin = "", json = ""] = lines;
  if (!origin.endsWith(CERTIFICATES))
    return malformed("line 1", `It is no certificate: its origin does not end with ${CERTIFICATES}.`);
  let value: unknown;
  try {
    value = JSON.parse(json);
    if (canonical(value) !== json)
      return malformed("line 2", "It is not canonical JSON: what it says has another spelling.");
  } catch {
    return malformed("line 2", "It is not canonical JSON.");
  }
  const read = readDocument(value);
  if (typeof read === "string") return malformed(`line 2, ${read}`, "A certificate has something else there.");
  const meant = formatCertificate(origin, read).split("\n");
  for (let at = 2; at < Math.max(lines.length, meant.length); at += 1)
    if (lines[at] !== meant[at])
      return malformed(
        `line ${at + 1}`,
        `It says ${JSON.stringify(lines[at] ?? "")}, and by the JSON of line 2 it should say ${JSON.stringify(meant[at] ?? "")}.`,
      );
  return { kind: "certificate", origin, certificate: read };
}

/** A string: the JSON Pointer of what is wrong. */
function readDocument(value: unknown): Certificate | string {
  const found = members(value, MEMBERS);
  if (found === null || found["v"] !== 1) return "/";
  const { tenant, prefixHmac, hardAfter, horizon, override } = found;
  const order = members(found["order"], ["log", "id", "at"]);
  const log = members(found["log"], ["size", "root"]);
  const steps = listOf(found["steps"], readStep);
  const keys = listOf(found["keys"], (each) => (isLine(each) ? each : null));
  const checks = listOf(found["checks"], readCheck);
  const rows = tableOf(found["rows"], isCount);
  const assets = tableOf(found["assets"], isCount);
  const stays = tableOf(found["stays"], isLine);
  if (!isUuid(tenant)) return "/tenant";
  if (!isHashText(prefixHmac)) return "/prefixHmac";
  if (order === null || !isUuid(order["log"]) || !isUuid(order["id"]) || !isTime(order["at"])) return "/order";
  if (!isTime(hardAfter)) return "/hardAfter";
  if (!isTime(horizon)) return "/horizon";
  if (!(override === null || isUuid(override))) return "/override";
  if (log === null || !isCount(log["size"]) || !(log["root"] === "" || isHashText(log["root"]))) return "/log";
  for (const [name, list] of Object.entries({ steps, keys, checks, rows, assets, stays }))
    if (typeof list === "string") return `/${name}${list}`;
  if (typeof checks !== "string" && checks.map(({ id }) => id).join("") !== CHECKED.join("")) return "/checks";
  if (typeof steps === "string" || typeof keys === "string" || typeof checks === "string") return "/";
  if (typeof rows === "string" || typeof assets === "string" || typeof stays === "string") return "/";
  return {
    tenant, prefixHmac, order: { log: order["log"], id: order["id"], at: order["at"] }, hardAfter, steps, rows, assets, keys, checks,
    override, horizon, log: { size: log["size"], root: log["root"] }, stays,
  }; // prettier-ignore
}

function readStep(value: unknown): CertifiedStep | null {
  const { step, at, detail } = members(value, ["step", "at", "detail"]) ?? {};
  const about = anyMembers(detail);
  return isLine(step) && isTime(at) && about !== null ? { step, at, detail: about } : null;
}

function readCheck(value: unknown): Certificate["checks"][number] | null {
  const { id, what } = members(value, ["id", "what"]) ?? {};
  return isLine(id) && isLine(what) ? { id, what } : null;
}

const anyMembers = (value: unknown): Members | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? members(value, Object.keys(value)) : null;

/** A string: the rest of the pointer to the first item that is none. */
function listOf<T>(value: unknown, read: (item: unknown) => T | null): readonly T[] | string {
  if (!Array.isArray(value)) return "";
  const items: readonly unknown[] = value;
  const found: T[] = [];
  for (const [at, item] of items.entries()) {
    const one = read(item);
    if (one === null) return `/${at}`;
    found.push(one);
  }
  return found;
}

function tableOf<T>(value: unknown, is: (item: unknown) => item is T): Readonly<Record<string, T>> | string {
  const table = anyMembers(value);
  if (table === null) return "";
  const found: Record<string, T> = {};
  for (const [name, item] of Object.entries(table)) {
    if (!isLine(name) || !is(item)) return `/${name}`;
    found[name] = item;
  }
  return found;
}

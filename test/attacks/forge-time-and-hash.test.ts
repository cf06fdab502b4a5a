import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { attack, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});
afterEach(async () => {
  await checkWorld(t);
});

const columns = ["ts", "xid", "incarnation", "leaf_hash"] as const;
const value = { ts: "'2020-01-01'", xid: "'1'", incarnation: "9", leaf_hash: "sha256('x')" };

describe("case 41 (A2): the app cannot choose what the database vouches for", () => {
  it.each(columns)("own %s", async (column) => {
    const statement = `insert into audit.entry (tenant_id, entry_id, leaf, ${column}) select app.tid(), platform.uuidv7(), '{}', ${value[column]}`;
    const answer = await attack(s.app, s.acme.claim.text, statement);
    // 428C9: a generated column takes no value from anybody.
    expect(answer).toMatchObject({
      refused: column === "leaf_hash" ? expect.stringMatching(/^(42501|428C9)$/) : "42501",
    });
  });

  const leaf = (id: string, log: string, ts: string) =>
    JSON.stringify({ body: [], id, kind: "gate.verdict", log, outcome: "success", ts, v: 1 });
  const id = "01ff0000-0000-7000-8000-00000000000a";
  const insert = "insert into audit.entry (tenant_id, entry_id, leaf) values (app.tid(), $1, convert_to($2, 'UTF8'))";
  const now = () => new Date().toISOString();

  it.each<[string, () => string, string]>([
    ["a leaf that says it was a year ago", () => leaf(id, s.acme.id, "2025-01-01T00:00:00.000Z"), "23514"],
    ["a leaf that says it will be", () => leaf(id, s.acme.id, "2099-01-01T00:00:00.000Z"), "23514"],
    ["a leaf of another entry", () => leaf("01ff0000-0000-7000-8000-00000000000b", s.acme.id, now()), "23514"],
    ["a leaf of another tenant", () => leaf(id, s.globex.id, now()), "23514"],
    ["a leaf without id, log and time", () => "{}", "23514"],
    ["a leaf without a time", () => JSON.stringify({ id, log: s.acme.id }), "23514"],
    ["a leaf that is no JSON", () => "not json", "22P02"],
    ["case 57: a leaf of 65,536 bytes", () => leaf(id, s.acme.id, now()).padEnd(65_536, " "), "23514"],
    ["an empty leaf", () => "", "23514"],
  ])("%s", async (_name, text, code) => {
    expect(await attack(s.app, s.acme.claim.text, [insert, [id, text()]])).toMatchObject({ refused: code });
  });

  it("case 57: a leaf of 65,535 bytes and a body of 16 MiB are taken", async () => {
    await s.app.query("begin");
    await s.app.query("select set_config('app.claim', $1, true)", [s.acme.claim.text]);
    await s.app.query(insert, [id, leaf(id, s.acme.id, now()).padEnd(65_535, " ")]);
    const body =
      "insert into audit.body (tenant_id, entry_id, part, nonce, ct) values (app.tid(), $1, 0, sha256('x'), $2)";
    expect((await s.app.query(body, [id, Buffer.alloc(16 * 1024 * 1024)])).rowCount).toBe(1);
    await s.app.query("rollback");
  });
});

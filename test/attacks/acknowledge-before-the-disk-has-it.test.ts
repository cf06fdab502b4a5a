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

const insert = `insert into audit.entry (tenant_id, entry_id, leaf)
  select app.tid(), id, convert_to(format('{"id":"%s","log":"%s","ts":"%s"}', id, app.tid(), to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8')
  from platform.uuidv7() as id`;

describe("case 34 (A1): an entry is durable before it is acknowledged", () => {
  // These rows have no body, which checkWorld would report: nothing here may be committed.
  it("synchronous_commit = off is refused at commit", async () => {
    expect(await attack(s.app, s.acme.claim.text, "set local synchronous_commit = off", insert)).toMatchObject({
      refused: "42501",
      message: expect.stringContaining("synchronous_commit"),
    });
  });

  it("switched off after the insert: refused all the same", async () => {
    expect(await attack(s.app, s.acme.claim.text, insert, "set local synchronous_commit = off")).toMatchObject({
      refused: "42501",
    });
  });

  it("the check cannot be taken away by the app", async () => {
    expect(
      await attack(s.app, s.acme.claim.text, "alter table audit.entry disable trigger durable_commit"),
    ).toMatchObject({ refused: "42501" });
  });
});

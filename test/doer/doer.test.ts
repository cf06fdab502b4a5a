import { expect, it, describe } from "vitest";
import { createDispatch } from "#gateway/io";
import { workQueue } from "#doer/io";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";
import { doerLab, newCall } from "./support/lab.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);

describe("X12, X13 one packet through a doer of its own database role", () => {
  it("signed, intended, green: executed once, the outcome in the log, sealed, and read back by the gateway", async () => {
    const dispatch = createDispatch({
      database: t.db,
      url: t.urls.app,
      keys: t.keys,
      onError: (e) => lab.faults.push(e),
    });
    const doer = lab.doer();
    const queue = workQueue({ database: lab.database, url: t.urls.doer, doer, atOnce: 4, onFault: (e) => lab.faults.push(e) }); // prettier-ignore
    const call = newCall();
    await dispatch.send(await lab.sign(acme, { call }));
    const outcome = await dispatch.outcome(acme.id, call, 20_000);
    expect(lab.faults).toEqual([]);
    expect(outcome).toMatchObject({ kind: "done", summary: "Read." });
    expect(lab.ran).toEqual([call]);
    expect(await lab.log(acme)).toEqual(["call.execute intent", "call.execute success"]);
    await queue.close();
    await dispatch.close();
    const rows = await t.adminSql("select 1 from doer.packet");
    expect(rows).toEqual([]);
    await checkWorld(t);
  });
});

// What `doctor` says of desks: of which client nobody is paged.

import { expect, it } from "vitest";
import { createWebhooks } from "#notify/io";
import { setDesk } from "#tickets/io";
import { pagedNowhereFinding } from "../../src/main/ticket-finding.ts";
import { MONA, stage } from "../tickets/stage.ts";

const s = await stage();
const webhooks = createWebhooks({ append: s.t.append, keys: s.t.keys, loopback: true });
const by = { initiator: { type: "operator", id: "test" }, requestId: "test" } as const;
const found = async () => (await pagedNowhereFinding(s.t.db)).toSorted();
const page = (...pages: readonly string[]) => s.inTenant((tx) => setDesk(s.deps, tx, { pages }, MONA));
const hear = (event: string) =>
  s.inTenant((tx) => webhooks.add(tx, { url: "http://127.0.0.1:1/", events: [event], by }));

it("T15 a client whose owners are paged nowhere is named, before its first ticket too, until a place or a webhook hears", async () => {
  await s.t.tenant("globex", 77);
  expect(await found()).toEqual(["acme", "globex"]);
  await page("mail:ops@acme.test");
  expect(await found()).toEqual(["globex"]);
  await page();
  await hear("ticket.opened");
  expect(await found()).toEqual(["acme", "globex"]);
  await hear("ticket.page");
  expect(await found()).toEqual(["globex"]);
});

import { expect, test } from "vitest";
import { createTell, givenOut } from "#notify/io";
import { outgoing, stage, ticket } from "../support/stage.ts";

const s = await stage();
test("what one transaction gave out about a ticket is told by its ways, and neither another's nor another ticket's", async () => {
  const tell = createTell(s.t.keys, async () => []);
  await s.tell(
    outgoing("t/before", { to: { kind: "slack", team: "T1", channel: "C1", thread: null, rewrites: null } }),
  );
  const [ours, theirs] = await s.inTenant(async (tx) => {
    await tell(tx, outgoing("t/now"));
    return [await givenOut(tx, ticket(7)), await givenOut(tx, ticket(8))];
  });
  expect([ours, theirs]).toEqual([["mail"], []]);
  expect(await s.inTenant((tx) => givenOut(tx, ticket(7)))).toEqual([]);
});

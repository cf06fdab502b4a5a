// Pull requests that are for a ticket: what shows there, and what shipped.

import { describe, expect, it } from "vitest";
import { prNumber, repositoryId, type TicketId } from "#kernel";
import { shippedFor } from "#tickets";
import { besidePulls, createPass } from "#tickets/io";
import { ownPrefix } from "#tenants/io";
import { checkWorld } from "../../support/world.ts";
import { MONA, stage } from "../stage.ts";

const s = await stage();
const repository = repositoryId(7) ?? expect.unreachable();
let pulls = 100;
const nextPull = () => ({ repository, number: prNumber((pulls += 1)) ?? expect.unreachable() });
type Pull = ReturnType<typeof nextPull>;

const link = (ticket: TicketId, pull: Pull) => s.inTenant((tx) => s.tickets.link(tx, ticket, pull, MONA));
const unlink = (ticket: TicketId, pull: Pull) => s.inTenant((tx) => s.tickets.unlink(tx, ticket, pull, MONA));
const read = async (ticket: TicketId) => (await s.inTenant((tx) => s.tickets.read(tx, ticket))) ?? expect.unreachable();
const said = (pull: Pull) =>
  s.told.flatMap(({ to, message }) => (to.kind === "github" && to.number === pull.number ? [message.text] : []));
const refreshed = (pull: Pull) => s.refreshed.filter((each) => each === `7#${pull.number}`).length;
const beside = (pull: Pull) => s.inTenant((tx) => besidePulls({ prefix: ownPrefix }, tx, repository, [pull.number]));

describe("a pull request that is for a ticket", () => {
  it("says what the ticket is, once for each state, with the next act and its instant; its check run is written anew", async () => {
    const ticket = await s.open();
    const pull = nextPull();
    expect(await link(ticket, pull)).toMatchObject({ kind: "done" });
    expect(await link(ticket, pull)).toMatchObject({ kind: "unchanged" });
    await s.pass();
    await s.pass();
    expect(said(pull)).toEqual([expect.stringMatching(/^ACME-\d+ is new, our move\. Next: page the owner \(.+\)\.$/)]);
    expect(refreshed(pull)).toBe(1);
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, "Which export?"));
    await s.pass();
    expect(said(pull)).toHaveLength(2);
    expect(said(pull)[1]).toMatch(/is waiting for the client, the client's move\. Next: nudge \(/);
    expect(refreshed(pull)).toBe(2);
    expect(await beside(pull)).toEqual([said(pull)[1]]);
  });

  it("nothing that anybody wrote shows there, and no name", async () => {
    const ticket = await s.open({ title: "SECRET-TITLE", from: { name: "SECRET-NAME", address: null, id: "1" } });
    const pull = nextPull();
    await link(ticket, pull);
    await s.pass();
    expect([...said(pull), ...(await beside(pull))].join()).not.toMatch(/SECRET|mona|Carla/);
  });

  it("all of it is one comment, whose newest words alone are still to be said", async () => {
    const ticket = await s.open();
    const pull = nextPull();
    await link(ticket, pull);
    await s.pass();
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, "Which export?"));
    await s.pass();
    const out = s.told.filter(({ to }) => to.kind === "github" && to.number === pull.number);
    const board = `ticket/${ticket}/pull:7:${pull.number}`;
    expect(out.map(({ key, to }) => [key, to.kind === "github" ? to.board : null])).toEqual([
      [`${board}/1`, board],
      [`${board}/2`, board],
    ]);
    const wanted = await Promise.all(
      out.map(({ about }) =>
        s.inTenant((tx) => s.tickets.wanted(tx, about.kind === "pull" ? about : expect.unreachable())),
      ),
    );
    expect(wanted).toEqual([false, true]);
  });

  it("unlinked it says so in its place, its check run loses the line, and naming does not bring it back", async () => {
    const ticket = await s.open();
    const { name } = await read(ticket);
    const pull = nextPull();
    await s.inTenant((tx) => s.tickets.linkNamed(tx, pull, [`fix/${name.toLowerCase()}-totals`]));
    await s.pass();
    expect(await beside(pull)).toHaveLength(1);
    expect(await unlink(ticket, pull)).toMatchObject({ kind: "done" });
    expect(await unlink(ticket, pull)).toMatchObject({ kind: "unchanged" });
    await s.inTenant((tx) => s.tickets.linkNamed(tx, pull, [name]));
    await s.pass();
    expect(said(pull).slice(1)).toEqual([`This pull request is not for ${name} any more.`]);
    expect(refreshed(pull)).toBe(2);
    expect(await beside(pull)).toEqual([]);
    expect(await link(ticket, pull), "a person does").toMatchObject({ kind: "done" });
    expect(await s.entries()).toContain("ticket.link");
  });

  it("a name of no ticket links nothing", async () => {
    const pull = nextPull();
    await s.inTenant((tx) => s.tickets.linkNamed(tx, pull, ["ACME-99999 GLOBEX-1"]));
    expect(await beside(pull)).toEqual([]);
  });

  it("killed before the words are committed, it is said by whoever comes next, once", async () => {
    const ticket = await s.open();
    const pull = nextPull();
    await link(ticket, pull);
    let dies = true;
    const dying = createPass({
      ...s.deps,
      tell: async (tx, out) => {
        if (dies) throw new Error("killed");
        await s.deps.tell(tx, out);
      },
      database: s.t.db,
      monotonicMs: () => performance.now(),
      onTrouble: () => {},
    });
    await dying();
    expect(said(pull)).toEqual([]);
    dies = false;
    await dying();
    expect(said(pull), "it is still whoever's who died").toEqual([]);
    await s.t.adminSql("update tickets.link set held_until = now()");
    await Promise.all([dying(), s.pass(), s.pass(), s.pass()]);
    expect(said(pull)).toHaveLength(1);
  });
});

describe("X15 something shipped", () => {
  it("is also a pull request of the ticket's that was merged; open, closed and unlinked ones are none", async () => {
    const ticket = await s.open();
    const pull = nextPull();
    await link(ticket, pull);
    for (const [state, shipped] of [
      ["open", null],
      ["closed", null],
      ["merged", `acme/shop#${pull.number} was merged.`],
    ] as const) {
      s.pulls.set(`7#${pull.number}`, state);
      const whole = await read(ticket);
      expect(whole.pulls).toMatchObject([{ name: "acme/shop", number: pull.number, state }]);
      expect(shippedFor(whole)).toBe(shipped);
    }
    await unlink(ticket, pull);
    expect(shippedFor(await read(ticket))).toBeNull();
  });

  it("the log verifies after all of it", async () => {
    expect(await checkWorld(s.t)).toBeGreaterThan(10);
  });
});

import { describe, expect, it } from "vitest";
import { ticket, type TicketPorts } from "#cli";
import { instantOfMillis, millis, personId } from "#kernel";
import { ranWith } from "./terminal.ts";

const never = (): never => expect.unreachable();
const NOBODY: TicketPorts = {
  list: never,
  show: never,
  open: never,
  act: never,
  desk: never,
  setDesk: never,
  setHours: never,
  clock: never,
  believe: never,
};
const ran = (args: readonly string[], over: Partial<TicketPorts>) =>
  ranWith(ticket({ ...NOBODY, ...over }), ["ticket", ...args]);

describe("countersign ticket", () => {
  it("says what became of an act: status 0 where it was done, 1 where nothing was changed, 2 where it was refused", async () => {
    const done = async () =>
      ({ kind: "done", name: "ACME-7", state: "waiting_client", told: [{ channel: "slack", held: false }] }) as const;
    expect(await ran(["ask", "7", "--text", "Which?"], { act: done })).toEqual({
      out: ["ACME-7 is waiting for the client. It is on its way, in Slack."],
      err: [],
      status: 0,
    });
    const held = async () =>
      ({ kind: "done", name: "ACME-7", state: "resolved", told: [{ channel: "mail", held: true }] }) as const;
    expect((await ran(["resolve", "7", "--text", "Done."], { act: held })).out.join()).toMatch(
      /waits to go out by mail, which is not set up for this client: countersign notify status/,
    );
    const nobody = async () => ({ kind: "done", name: "ACME-7", state: "resolved", told: [] }) as const;
    expect((await ran(["resolve", "7", "--text", "Done."], { act: nobody })).out.join()).toContain("Nobody was told");
    const same = async () => ({ kind: "unchanged", why: "It is open." }) as const;
    expect((await ran(["reopen", "7"], { act: same })).status).toBe(1);
    const no = async () => ({ kind: "refused", problems: ["There is no such ticket."] }) as const;
    expect(await ran(["start", "7"], { act: no })).toMatchObject({ err: ["There is no such ticket."], status: 2 });
  });

  it("X16 who trusts a ticket says how many messages they have read", async () => {
    const asked: unknown[] = [];
    const act: TicketPorts["act"] = async ({ act: given }) => {
      asked.push(given);
      return { kind: "done", name: "ACME-7", state: "new", told: null };
    };
    expect((await ran(["trust", "ACME-7", "--read", "3"], { act })).out.join("")).toContain("ACME-7 is trusted");
    expect(asked).toEqual([{ kind: "trust", read: 3 }]);
    for (const wrong of [
      ["trust", "7"],
      ["trust", "7", "--read", "all"],
    ])
      expect(await ran(wrong, {})).toMatchObject({ status: 2 });
  });

  it("nobody closes by hand for silence", async () => {
    expect(await ran(["close", "7", "--reason", "aged_out"], {})).toMatchObject({ status: 2 });
  });

  it("T6 a clock in doubt is status 1, with what to do", async () => {
    const epochStart = instantOfMillis(0);
    const clock = async () =>
      ({ kind: "clock", clock: { seenAt: epochStart, doubtedAt: epochStart, why: "It went back." } }) as const;
    const shown = await ran(["clock", "show"], { clock });
    expect(shown.status).toBe(1);
    expect(shown.out.join(" ")).toContain("countersign ticket clock believe");
  });
});

describe("ticket desk", () => {
  it.each([
    [[], 0, /paged NOWHERE: no place is set, and no webhook hears of it\. Set one: countersign ticket desk set/],
    [[], 1, /by webhook \(event ticket\.page, 1 receiver\) alone/],
    [["mail:ops@acme.example"], 0, /paged at mail:ops@acme\.example\.$/],
    [
      ["mail:ops@acme.example"],
      2,
      /paged at mail:ops@acme\.example, and by webhook \(event ticket\.page, 2 receivers\)\.$/,
    ],
  ])("says where owners are paged, and that they are not: %o, %i receivers", async (pages, receivers, says) => {
    const week = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
    const desk: TicketPorts["desk"] = async () => ({
      kind: "desk",
      receivers,
      desk: {
        defaultOwner: { person: personId("01ff0000-0000-7000-8000-00000000000a") ?? never(), login: "mona" },
        pages,
        quiet: false,
        label: "countersign",
        hours: {
          version: 1,
          calendar: { zone: "UTC", week, holidays: [] },
          target: millis(28_800_000),
          since: instantOfMillis(0),
        },
      },
    });
    for (const show of [[], ["show"]])
      expect((await ran(["desk", ...show, "--tenant", "acme"], { desk })).out[1]).toMatch(says);
  });
});

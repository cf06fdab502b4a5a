// `ticket calendar`: a client's hours of work, by version.

import type { Command } from "commander";
import { printableJson } from "../audit/printable.ts";
import { refusing, type Terminal } from "../command.ts";
import { ofClient, saying, type Options } from "./options.ts";
import type { TicketPorts } from "./ports.ts";
import { hoursLines } from "./text.ts";

const HOURS = /^(\d{1,4})(m|h)$/;
const MS = { m: 60_000, h: 3_600_000 } as const;

/** `8h`, `90m`: of working hours. null: it is none. */
function readTarget(text: string): number | null {
  const [, count, unit] = HOURS.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (unit === "m" ? MS.m : MS.h);
}

export function calendar(group: Command, terminal: Terminal, ports: TicketPorts): void {
  const refuse = refusing(terminal);
  const say = saying(terminal);

  const under = group.command("calendar").description("A client's hours of work: our own time runs in them alone.");
  ofClient(under.command("show", { isDefault: true }).description("As they are.")).action(
    async ({ tenant, json }: Options) => {
      const answer = await ports.desk(tenant ?? null);
      if (answer.kind === "refused") return refuse(answer.problems, json);
      const { hours } = answer.desk;
      if (json === true) terminal.out(printableJson(hours));
      else say(hoursLines(hours));
    },
  );
  ofClient(
    under
      .command("set")
      .description(
        "New hours, as a new version. Deadlines of open tickets move; the log says which, from when to when.",
      ),
  )
    .option(
      "--file <path>",
      'JSON: {"zone": "Europe/Berlin", "week": {"monday": [{"from": "09:00", "to": "17:00"}]}, "holidays": []}',
    )
    .option("--target <time>", "8h, 90m: of working hours, until the owner is paged")
    .action(async ({ tenant, json, file, target }: Options & { readonly file?: string; readonly target?: string }) => {
      const targetMs = target === undefined ? null : readTarget(target);
      if (target !== undefined && targetMs === null) return refuse(["--target is a time as 8h or 90m."], json);
      if (file === undefined && target === undefined) return refuse(["Give --file, --target, or both."], json);
      const answer = await ports.setHours({ tenant: tenant ?? null, file: file ?? null, targetMs });
      if (answer.kind === "refused") return refuse(answer.problems, json);
      if (json === true) return terminal.out(JSON.stringify(answer));
      say([
        answer.kind === "unchanged"
          ? `These are the hours already, version ${answer.version}.`
          : `Version ${answer.version}. Open tickets whose deadline moved: ${answer.moved}.`,
      ]);
    });
}

import { printable } from "../audit/printable.ts";
import { refusing, type Terminal } from "../command.ts";
import type { Options } from "./options.ts";
import type { AskedAct, TicketPorts } from "./ports.ts";

/** Does one act, and says what became of it. Status 1: nothing was changed. */
export const acting =
  (terminal: Terminal, ports: Pick<TicketPorts, "act">) =>
  async (named: string, { tenant, json }: Options, act: AskedAct): Promise<void> => {
    const answer = await ports.act({ tenant: tenant ?? null, ticket: named, act });
    if (answer.kind === "refused") return refusing(terminal)(answer.problems, json);
    const words = answer.kind === "done" ? doneWords(act, answer) : `Nothing was changed: ${answer.why}`;
    terminal.out(json === true ? JSON.stringify(answer) : printable(words));
    terminal.exit(answer.kind === "done" ? 0 : 1);
  };

function doneWords(act: AskedAct, { name, state }: { readonly name: string; readonly state: string }): string {
  const is = `${name} is ${state.replace("_", " ")}`;
  switch (act.kind) {
    case "link":
    case "unlink":
      return `${act.pull} is ${act.kind}ed.`;
    case "trust":
      return `${name} is trusted. What is said on it from now on is read anew.`;
    case "reassign":
      return `${name} is ${act.login}'s.`;
    case "reply":
      return `It is on its way. ${is}, as before.`;
    case "ask":
      return `The question is on its way. ${is}.`;
    case "triage":
    case "start":
    case "resolve":
    case "reopen":
    case "close":
      return `${is}.`;
  }
}

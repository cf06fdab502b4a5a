import { stateWords } from "#tickets";
import { printable } from "../audit/printable.ts";
import { refusing, type Terminal } from "../command.ts";
import type { Options } from "./options.ts";
import type { AskedAct, Done, TicketPorts } from "./ports.ts";

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

function doneWords(act: AskedAct, done: Done): string {
  const { name, told } = done;
  const is = `${name} is ${stateWords(done.state)}`;
  switch (act.kind) {
    case "link":
    case "unlink":
      return `${act.pull} is ${act.kind}ed.`;
    case "trust":
      return `${name} is trusted. What is said on it from now on is read anew.`;
    case "reassign":
      return `${name} is ${act.login}'s.`;
    case "reply":
      return `${is}, as before. ${toldWords(told)}`;
    case "ask":
      return `${is}. ${toldWords(told)}`;
    case "triage":
    case "start":
    case "resolve":
    case "reopen":
    case "close":
      return told === null ? `${is}.` : `${is}. ${toldWords(told)}`;
  }
}

/** INVARIANT: nobody is left to believe that the client has read what lies here. */
function toldWords(told: Done["told"]): string {
  if (told === null || told.length === 0)
    return "Nobody was told: no conversation of the ticket's is left, and no mail address is known.";
  const by = (held: boolean): string =>
    told
      .filter((each) => each.held === held)
      .map(({ channel }) => CHANNEL_WORDS[channel] ?? channel)
      .join(" and ");
  const [goes, waits] = [by(false), by(true)];
  return [
    ...(goes === "" ? [] : [`It is on its way, ${goes}.`]),
    ...(waits === ""
      ? []
      : [
          `It waits to go out ${waits}, which is not set up for this client: countersign notify status says what to set.`,
        ]),
  ].join(" ");
}

const CHANNEL_WORDS: Readonly<Record<string, string>> = { github: "on GitHub", slack: "in Slack", mail: "by mail" };

// One agent of the demo's client: registered, with its key, with what is printed for its program, and with people who answer.

import { z } from "zod";
import { startDemo, type Demo } from "./demo.ts";
import { person, type Person } from "./person.ts";

/** The client, its repository, and GitHub's number of the person that the agents act for: she never approves what they ask for. */
export const CLIENT = "acme";
export const REPOSITORY = "acme/shop";
const CLEO = "1003";

export interface Place {
  readonly url: string;
  agent(name: string): Promise<Agent>;
  close(): Promise<void>;
}

export interface Agent {
  readonly name: string;
  readonly key: string;
  /** What `countersign agent connect` prints for a program: each text by its title. */
  printed(kind: string): Promise<Printed>;
  /** Ann says yes on her page to what this answer waits for. */
  approve(answer: string): Promise<void>;
  /** Ada stops this agent, and no other, on the page of the controls. */
  stop(): Promise<void>;
  /** Of this agent's calls in the audit log. */
  entries(kind: string): Promise<readonly Entry[]>;
}

export type Printed = (title: RegExp) => string;

const entryShape = z.looseObject({ kind: z.string(), outcome: z.string(), body: z.json() });
export type Entry = z.infer<typeof entryShape>;

export async function startPlace(): Promise<Place> {
  const demo = await startDemo();
  const origin = demo.url.replace("127.0.0.1", "localhost");
  const people: { ann?: Promise<Person>; ada?: Promise<Person> } = {};
  const somebody = (login: keyof typeof people): Promise<Person> => (people[login] ??= person(origin, login, CLIENT));
  return {
    url: demo.url,
    close: () => demo.close(),
    agent: async (name) => {
      const { id } = z
        .object({ id: z.string() })
        .parse(
          JSON.parse(
            await demo.countersign("agent", "add", name, ...tenant, "--for", CLEO, "--tools", "all", "--json"),
          ),
        );
      const key = (await demo.countersign("agent", "key", name, ...tenant)).trim();
      return {
        name,
        key,
        printed: (kind) => printed(demo, kind, name),
        approve: async (answer) => (await somebody("ann")).approve(idIn(answer)),
        stop: async () => (await somebody("ada")).stop(name),
        entries: async (kind) =>
          (await demo.countersign("audit", "log", ...tenant, "--kind", kind, "--json"))
            .trim()
            .split("\n")
            .filter((line) => line !== "" && line.includes(id))
            .map((line) => entryShape.parse(JSON.parse(line))),
      };
    },
  };
}

const tenant = ["--tenant", CLIENT];

/** The call that an answer tells of. */
export const idIn = (answer: string | undefined): string =>
  /call(?:\W{1,6}| is )([0-9a-f]{8}-[0-9a-f-]{27})/.exec(answer ?? "")?.[1] ?? "";

async function printed(demo: Demo, kind: string, agent: string): Promise<Printed> {
  const said = await demo.countersign("agent", "connect", kind, ...tenant, "--agent", agent, "--url", demo.url);
  const steps = said
    .slice(0, said.indexOf("\nThen give it its key"))
    .split(/^\d+\. /m)
    .slice(1)
    .map((step) => {
      const [head = "", ...texts] = step.split("\n\n");
      return { title: head.split("\n")[0] ?? "", text: texts.join("\n\n").trimEnd() };
    });
  return (title) => {
    const found = steps.find((step) => title.test(step.title));
    if (found === undefined) throw new Error(`Nothing is printed about ${title.source}:\n${said}`);
    return found.text;
  };
}

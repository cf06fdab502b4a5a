// Somebody with a browser: signs in by the demo's GitHub, and presses the buttons of the pages.

import { z } from "zod";

const waiting = z.object({ approvals: z.array(z.object({ approval: z.string(), call: z.string() })) });

export interface Person {
  /** Finds the call among those that wait, opens its page and presses Approve. */
  approve(call: string): Promise<void>;
  /** Opens the controls and presses Stop now for one agent. */
  stop(agent: string): Promise<void>;
}

export async function person(origin: string, login: string, client: string): Promise<Person> {
  const cookies = new Map<string, string>();

  const ask = async (url: string, fields?: Readonly<Record<string, string>>): Promise<string> => {
    const own = url.startsWith(origin);
    const answer = await fetch(url, {
      redirect: "manual",
      headers: own
        ? {
            cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
            origin,
            "sec-fetch-site": "same-origin",
          }
        : {},
      ...(fields === undefined ? {} : { method: "POST", body: new URLSearchParams(fields) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const next = answer.headers.get("location");
    if (next !== null) return ask(new URL(next, url).href);
    const page = await answer.text();
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${plain(page)}`);
    const chooses = /<a href="(\?[^"]*)">/.exec(page)?.[1];
    if (page.includes("Who are you?") && chooses !== undefined) return ask(`${url}&as=${login}`);
    return page;
  };
  const field = (page: string, name: string): string => {
    const found = new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1];
    if (found === undefined) throw new Error(`The page has no field ${name}: ${plain(page)}`);
    return found;
  };

  const entered = await ask(`${origin}/login/github?return=%2Fapprovals`);
  if (entered.includes("/login/choose")) {
    const button = new RegExp(`name="tenant" value="([^"]*)"[^>]*>${client}<`).exec(entered)?.[1] ?? "";
    await ask(`${origin}/login/choose`, { choice: field(entered, "choice"), tenant: button });
  }
  return {
    approve: async (call) => {
      const { approvals } = waiting.parse(JSON.parse(await ask(`${origin}/api/approvals`)));
      const approval = approvals.find((each) => each.call === call)?.approval;
      if (approval === undefined) throw new Error(`Nothing waits for call ${call}.`);
      const url = `${origin}/approvals/${approval}`;
      const page = await ask(url);
      const said = await ask(url, {
        csrf: field(page, "csrf"),
        digest: field(page, "digest"),
        answer: "approve",
        reason: "",
      });
      if (!said.includes("Your answer is recorded")) throw new Error(`It was not approved: ${plain(said)}`);
    },
    stop: async (agent) => {
      const page = await ask(`${origin}/controls`);
      const scope = new RegExp(`<option value="(agent:[^"]*)">Agent ${agent}<`).exec(page)?.[1];
      if (scope === undefined) throw new Error(`The controls name no agent ${agent}: ${plain(page)}`);
      const said = await ask(`${origin}/controls/stop`, {
        csrf: field(page, "csrf"),
        scope,
        repository: "",
        reason: "It behaves strangely.",
      });
      if (!said.includes("It is stopped.")) throw new Error(`It was not stopped: ${plain(said)}`);
    },
  };
}

const plain = (page: string): string =>
  page
    .replaceAll(/<style[\s\S]*?<\/style>|<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ")
    .slice(0, 1_000);

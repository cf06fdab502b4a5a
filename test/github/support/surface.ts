import { pino } from "pino";
import { createInbox, createRouter, githubHandlers, type NewsIntake } from "#github";
import { appId } from "#kernel";
import type { GitHub, GitHubClient, RestAnswer } from "#platform/github";
import { enqueue } from "#platform/jobs";
import type { TestDatabase } from "../../support/database.ts";
import { recordingIntake } from "./intake.ts";
import { SECRET } from "./sign.ts";

/** The surface on real PostgreSQL, with a gate that writes down what it is told and a GitHub that holds comments only. */
export async function surfaceOn(t: TestDatabase, logLines: string[] = [], news: NewsIntake | null = null) {
  const id = appId(4242);
  if (id === null) throw new Error("4242 is an app id");
  const gate = recordingIntake();
  const comments: { id: number; body: string }[] = [];
  const calls: string[] = [];
  let failAfterPosting = false;
  const answer = (data: unknown): RestAnswer => ({ status: 200, headers: {}, data });
  const client: GitHubClient = {
    async rest(route, parameters) {
      calls.push(route);
      if (route.startsWith("GET")) return answer(comments);
      const comment = { id: comments.length + 1, body: String(parameters.body) };
      comments.push(comment);
      if (failAfterPosting) throw new Error("cut off after posting");
      return answer(comment);
    },
    graphql: async () => ({ data: null, errors: [] }),
  };
  const github: GitHub = { appId: id, app: () => client, installation: () => client, named: async () => null };
  const log = pino({ level: "trace" }, { write: (line: string) => void logLines.push(line) });
  const router = await createRouter(log);
  const handlers = githubHandlers({
    db: t.db,
    enqueue,
    append: t.append,
    spool: t.spool,
    github,
    intake: gate.intake,
    router,
    news,
  });
  const inbox = createInbox({
    db: t.db,
    enqueue,
    append: t.append,
    spool: t.spool,
    appId: id,
    secrets: [SECRET],
    host: "github.com",
  });
  const run = async (task: string, tenant: string, guid: string): Promise<void> => {
    const handler = handlers[task];
    if (handler === undefined) throw new Error(`no handler ${task}`);
    await handler({ tenant, guid }, new AbortController().signal);
  };
  return {
    gate,
    comments,
    calls,
    inbox,
    run,
    cutOff: (on: boolean) => {
      failAfterPosting = on;
    },
  };
}

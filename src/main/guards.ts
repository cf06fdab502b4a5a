import { guardState, type GuardState } from "#audit/io";
import type { GuardAnswer } from "#cli";
import { iso } from "#kernel";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import { acceptGuards } from "#platform/postgres";
import { openHere, type OpenDatabase } from "./database.ts";
import { opened } from "./lifecycle.ts";
import { NOTHING_HERE, orRefused } from "./refused.ts";

const unreadable = (...problems: readonly string[]): GuardAnswer => ({ kind: "unreadable", problems });

/** Beside a running server or demo, or without one. Reads with the server's own rights; to accept takes the administrator's. */
export async function readGuards(
  env: Environment,
  accept: string | null,
  say: (line: string) => void,
): Promise<GuardAnswer> {
  const config = readConfig(env, "start");
  if (config.kind === "invalid") return unreadable(...config.problems);
  if (accept?.trim() === "") return unreadable("--accept needs a reason: it is recorded.");
  const log = createLog({ level: "warn", secrets: config.secrets });
  const resources = opened(log);
  const answer = await orRefused(resources, async () => {
    const open = await openHere(config, log, resources, say);
    if (open === null) return unreadable(NOTHING_HERE);
    const refused = accept === null ? null : await accepted(open, accept.trim());
    return refused ?? answerOf(await open.database.withPlatform(guardState));
  });
  return answer.kind === "refused" ? unreadable(...answer.problems) : answer;
}

async function accepted({ operator }: OpenDatabase, reason: string): Promise<GuardAnswer | null> {
  if (operator === null)
    return unreadable(
      "DATABASE_ADMIN_URL is missing: only the administrator may say what is expected, not the server's own login.",
    );
  await acceptGuards({ adminUrl: operator.adminUrl, reason: reason.slice(0, 500) });
  return null;
}

const answerOf = (state: GuardState): GuardAnswer => ({
  kind: "read",
  ...state,
  expected: state.expected === null ? null : { ...state.expected, at: iso(state.expected.at) },
});

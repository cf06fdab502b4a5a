// People, wired: how they sign in, what they are asked, and what they stop.

import { isIP } from "node:net";
import type { Hono } from "hono";
import { createApprovals, type Approvals, type ApprovalsDeps } from "#approvals/io";
import type { Append, Spool } from "#audit/io";
import { createPeople, type PeopleParts } from "#console";
import type { Breaker } from "#controls";
import { becameOf } from "#gateway/io";
import { agentOwner, agentsHere, createPasskeys, findPerson, type PasskeyPlace } from "#identity/io";
import type { Keys } from "#keys/io";
import type { GitHubConfig } from "#platform/config";
import type { ApprovalId } from "#kernel";
import { createSignIn } from "#platform/github";
import type { HttpEnv } from "#platform/http";
import { enqueue } from "#platform/jobs";
import type { Database } from "#platform/postgres";
import { boot, monotonicMs } from "./monotonic.ts";

export type LoginConfig = Extract<GitHubConfig, { kind: "app" }>["login"];

export interface PeoplePlace {
  readonly database: Database;
  readonly append: Append;
  readonly spool: Spool;
  readonly keys: Keys;
  readonly breaker: Breaker;
  readonly github: { readonly apiUrl: string; readonly login: LoginConfig };
  /** Into the outbox of what approvers are told outside the page; null: nobody delivers from here. */
  readonly tell: NonNullable<ApprovalsDeps["notices"]>["tell"] | null;
  readonly planAgain: PeopleParts["planAgain"];
  /** Whatever ended a request: the call that waits for it goes on. */
  readonly onDecided: ApprovalsDeps["onDecided"];
}

export interface People {
  readonly approvals: Approvals;
  readonly routes: Hono<HttpEnv>;
  /** Of one request; null: where browsers reach it is not known yet. */
  pageOf(approval: ApprovalId): string | null;
  /** Of what is stopped. */
  controlsPage(): string | null;
  /** Where browsers reach the routes. */
  url(): string;
  /** Where browsers reach the routes, once that is known: cookies, forms and passkeys are bound to it. */
  reachedAt(url: string): void;
}

export function openPeople({
  database,
  append,
  spool,
  keys,
  breaker,
  github,
  tell,
  planAgain,
  onDecided,
}: PeoplePlace): People {
  let url = "http://localhost";
  let reached = false;
  const at = (path: string): string | null => (reached ? `${url}${path}` : null);
  const passkeys = createPasskeys({ append, place: () => placeOf(url) });
  const approvals = createApprovals({
    notices: tell === null ? null : { tell, urlOf: at },
    append,
    enqueue,
    keys,
    person: findPerson,
    owner: agentOwner,
    stepUp: passkeys,
    onDecided,
    monotonicMs,
    boot: boot(),
  });
  const routes = createPeople({
    db: database,
    append,
    spool,
    signIn: github.login === null ? null : createSignIn({ apiUrl: github.apiUrl, ...github.login }),
    passkeys,
    approvals,
    planAgain,
    became: (tx, call) => becameOf(keys, tx, call),
    breaker,
    agents: async (tx) => (await agentsHere(tx)).map(({ id, name }) => ({ agent: id, name })),
    publicUrl: () => url,
    clock: Date.now,
  });
  return {
    approvals,
    routes,
    pageOf: (approval) => at(`/approvals/${approval}`),
    controlsPage: () => at("/controls"),
    url: () => url,
    reachedAt: (here) => {
      url = here;
      reached = true;
    },
  };
}

/** A passkey is bound to a name; an address is none. */
function placeOf(url: string): PasskeyPlace | null {
  const { origin, hostname } = new URL(url);
  return isIP(hostname.replace(/^\[|\]$/g, "")) === 0 ? { origin, host: hostname } : null;
}

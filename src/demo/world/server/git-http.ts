// GitHub's other door: git's smart HTTP, for reading alone. git itself answers, over a folder that holds nothing but the world's objects.

import { gunzipSync } from "node:zlib";
import type { Context, Hono } from "hono";
import { inherited, readProgram } from "#platform/process";
import { findRepository } from "../model/find.ts";
import type { World } from "../world.ts";
import { instead } from "./answer.ts";
import { runBefore, takeFault } from "./faults.ts";
import type { GitFolders } from "./git-folders.ts";
import { allows, type Answer, type Caller, maySee, Refused } from "./route.ts";
import { asOf, fetcherOf } from "./tokens.ts";

export const GIT_ROUTES = ["GET /{owner}/{repo}/info/refs", "POST /{owner}/{repo}/git-upload-pack"] as const;

const MIB = 1024 * 1024;
const MOST_ASKED = 16 * MIB;
const MOST_ANSWERED = 1024 * MIB;
/** Not what a client may say at will: it stands in a child's environment. */
const PROTOCOL = /^version=[012]$/;
const SERVICE = "git-upload-pack";

/** As git writes a line: its length in front, and after the last one nothing but zeroes. */
const announced = `001e# service=${SERVICE}\n0000`;

const authentication = { "www-authenticate": 'Basic realm="GitHub"' };

interface Asked {
  readonly folder: string;
  readonly protocol: string | undefined;
  /** null: which refs there are. */
  readonly body: Buffer | null;
}

async function uploaded({ folder, protocol = "", body }: Asked): Promise<Buffer> {
  const git = await readProgram(
    {
      program: "git",
      args: ["upload-pack", body === null ? "--http-backend-info-refs" : "--stateless-rpc", folder],
      env: {
        ...inherited("PATH"),
        HOME: folder,
        LC_ALL: "C",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        ...(PROTOCOL.test(protocol) ? { GIT_PROTOCOL: protocol } : {}),
      },
    },
    { cwd: folder, maxBuffer: MOST_ANSWERED, ...(body === null ? {} : { input: body }) },
  );
  if (git.kind === "ended") return git.out;
  if ("code" in git.cause && git.cause.code === "ENOENT")
    throw new Refused(503, "This GitHub needs git to be fetched from: install git on its machine.");
  // What is wrong with a request git tells the client in its own protocol, and ends with a status.
  if (git.out.length > 0) return git.out;
  throw new Refused(500, `git upload-pack: ${git.error}`);
}

function unpacked(body: Buffer, encoding: string | undefined): Buffer {
  try {
    return encoding === "gzip" ? gunzipSync(body, { maxOutputLength: MOST_ASKED }) : body;
  } catch {
    throw new Refused(400, "The body is no gzip, or too large.");
  }
}

/** As GitHub has it: whoever may not see a repository is told that there is none. */
async function served(w: World, folders: GitFolders, c: Context, caller: Caller): Promise<Answer> {
  if (caller.kind !== "installation") throw new Refused(401, "Authentication required.");
  const repo = findRepository(w, `${c.req.param("owner")}/${(c.req.param("repo") ?? "").replace(/\.git$/, "")}`);
  if (repo === undefined || !maySee(caller.installation, caller.token, repo))
    throw new Refused(404, "Repository not found.");
  if (!allows(caller.token, "contents", "read")) throw new Refused(403, "Resource not accessible by integration");
  const advertise = c.req.method === "GET";
  if (advertise && c.req.query("service") !== SERVICE)
    throw new Refused(403, "This GitHub is read through git alone: nothing is pushed to it.");
  const body = advertise ? null : Buffer.from(await c.req.arrayBuffer());
  const out = await uploaded({
    folder: await folders.of(repo),
    protocol: c.req.header("git-protocol"),
    body: body === null ? null : unpacked(body, c.req.header("content-encoding")),
  });
  return {
    status: 200,
    body: advertise ? Buffer.concat([Buffer.from(announced), out]) : out,
    headers: { "content-type": `application/x-${SERVICE}-${advertise ? "advertisement" : "result"}` },
  };
}

/** Faults and the journal as for the API; packs are in no journal. */
async function pass(w: World, folders: GitFolders, c: Context, route: string): Promise<Response> {
  let caller: Caller = { kind: "nobody" };
  let answer: Answer;
  const fault = takeFault(w.faults, route);
  try {
    caller = fetcherOf(w, c.req.header("authorization"));
    await runBefore(w.faults, route);
    answer = (fault === null ? null : instead(w, fault)) ?? (await served(w, folders, c, caller));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    answer = error.answer;
  }
  const pack = Buffer.isBuffer(answer.body) ? new Uint8Array(answer.body) : null;
  const url = new URL(c.req.url);
  w.journal.record({
    method: c.req.method,
    route,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: null,
    as: asOf(caller),
    status: answer.status,
    answer: pack === null ? answer.body : null,
  });
  return new Response(pack ?? JSON.stringify(answer.body), {
    status: answer.status,
    headers: {
      "cache-control": "no-cache",
      "content-type": "application/json; charset=utf-8",
      ...(answer.status === 401 ? authentication : {}),
      ...answer.headers,
    },
  });
}

export function mountGit(app: Hono, w: World, folders: GitFolders): void {
  const [refs, pack] = GIT_ROUTES;
  app.get("/:owner/:repo/info/refs", (c) => pass(w, folders, c, refs));
  app.post(`/:owner/:repo/${SERVICE}`, (c) => pass(w, folders, c, pack));
}

import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { type Context as HonoContext, Hono } from "hono";
import { deliver, deliveryKnobs } from "../deliveries/send.ts";
import { execute } from "../graphql/execute.ts";
import { makeWorld, type World, type WorldOptions } from "../world.ts";
import { commonHeaders, etagOf, instead, spoiled } from "./answer.ts";
import { appRoutes } from "./app-routes.ts";
import { checkRoutes } from "./check-routes.ts";
import { type GitFolders, gitFolders } from "./git-folders.ts";
import { mountGit } from "./git-http.ts";
import { gitRoutes } from "./git-routes.ts";
import { commitRoutes } from "./commit-routes.ts";
import { runBefore, takeFault } from "./faults.ts";
import { issueRoutes } from "./issue-routes.ts";
import { jobRoutes } from "./job-routes.ts";
import { mountLogin } from "./login.ts";
import { pullRoutes } from "./pull-routes.ts";
import { repositoryRoutes } from "./repository-routes.ts";
import { allows, type Answer, type Caller, notFound, Refused, type Route } from "./route.ts";
import { storageApp } from "./storage.ts";
import { asOf, callerOf } from "./tokens.ts";

/** The order matters where one path could be read as another. */
export const ROUTES: readonly Route[] = [
  ...appRoutes,
  ...repositoryRoutes,
  ...pullRoutes,
  ...checkRoutes,
  ...jobRoutes,
  ...commitRoutes,
  ...gitRoutes,
  ...issueRoutes,
];

/** Parameters that may hold slashes. */
const WIDE = new Set(["path", "basehead", "branch"]);

/** A ref in git's own words may, too: `heads/fix/rounding`. */
const isWide = (template: string, name: string): boolean =>
  WIDE.has(name) || (name === "ref" && template.includes("/git/"));

const honoPath = (template: string): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => (isWide(template, name) ? `:${name}{.+}` : `:${name}`));

function permit(caller: Caller, route: Route): void {
  const { needs } = route;
  if (needs === "none") return;
  if (caller.kind === "nobody") throw new Refused(401, "Requires authentication");
  if (needs === "app") {
    if (caller.kind !== "app") throw new Refused(401, "A JSON web token could not be decoded");
    return;
  }
  if (caller.kind !== "installation") throw new Refused(403, "Resource not accessible by integration");
  if (needs !== "installation" && !allows(caller.token, needs[0], needs[1]))
    throw new Refused(403, "Resource not accessible by integration");
}

function readBody(text: string): unknown {
  if (text === "") return undefined;
  try {
    const body: unknown = JSON.parse(text);
    return body;
  } catch {
    throw new Refused(400, "Problems parsing JSON");
  }
}

type Handle = (request: { readonly caller: Caller; readonly body: unknown }) => Answer | Promise<Answer>;

/** The way of every request: faults, authentication, the handler, the journal, ETag. */
async function pass(w: World, c: HonoContext, route: string | null, handle: Handle): Promise<Response> {
  let caller: Caller = { kind: "nobody" };
  let body: unknown;
  let answer: Answer;
  const name = route ?? "";
  const fault = takeFault(w.faults, name);
  if (fault?.kind === "slow") await sleep(fault.ms);
  try {
    body = readBody(await c.req.text());
    caller = await callerOf(w, c.req.header("authorization"));
    await runBefore(w.faults, name);
    answer = (fault === null ? null : instead(w, fault)) ?? spoiled(fault, await handle({ caller, body }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    answer = error.answer;
  }
  const url = new URL(c.req.url);
  w.journal.record({
    method: c.req.method,
    route,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body,
    as: asOf(caller),
    status: answer.status,
    answer: answer.body,
  });
  if (fault?.kind === "drop_answer") return new Response(null, { status: 502 });
  return written(w, c, answer);
}

function written(w: World, c: HonoContext, answer: Answer): Response {
  const headers = { ...commonHeaders(w, w.journal.exchanges.length), ...answer.headers };
  if (answer.body === null) return new Response(null, { status: answer.status, headers });
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  if (c.req.method !== "GET" || answer.status !== 200) return new Response(text, { status: answer.status, headers });
  const etag = etagOf(text);
  const known = c.req.header("if-none-match") === etag;
  return new Response(known ? null : text, { status: known ? 304 : 200, headers: { ...headers, etag } });
}

function mount(app: Hono, w: World, base: string): void {
  for (const route of ROUTES) {
    const [method = "GET", template = "/"] = route.name.split(" ", 2);
    app.on(method, base + honoPath(template), (c) =>
      pass(w, c, route.name, ({ caller, body }) => {
        permit(caller, route);
        return route.handle({
          w,
          caller,
          body,
          params: c.req.param(),
          query: c.req.query(),
          accept: c.req.header("accept") ?? "",
          url: c.req.url,
        });
      }),
    );
  }
}

async function graphqlAnswer(w: World, caller: Caller, body: unknown): Promise<Answer> {
  if (caller.kind !== "installation") throw new Refused(401, "This endpoint requires you to be authenticated.");
  return { status: 200, body: await execute({ w, caller }, body) };
}

/** GitHub as one Hono application: the plain paths of api.github.com and those of GitHub Enterprise Server, and its repositories for git. */
export function worldApp(w: World, folders: GitFolders = gitFolders()): Hono {
  const app = new Hono();
  for (const path of ["/graphql", "/api/graphql"]) {
    app.post(path, (c) => pass(w, c, "POST /graphql", ({ caller, body }) => graphqlAnswer(w, caller, body)));
  }
  mountLogin(app, w);
  mountGit(app, w, folders);
  for (const base of ["/api/v3", ""]) mount(app, w, base);
  app.all("*", (c) =>
    pass(w, c, null, () => {
      throw notFound();
    }),
  );
  return app;
}

export interface RunningWorld {
  /** The address of the REST API; `${url}/graphql` and `${url}/api/v3` work as well. */
  readonly url: string;
  readonly world: World;
  readonly hooks: ReturnType<typeof deliveryKnobs>;
  /** Sends everything that is queued and waits for the answers. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

const listening = (app: Hono, port: number): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, (info) =>
      resolve({
        url: `http://127.0.0.1:${info.port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ("closeAllConnections" in server) server.closeAllConnections();
          }),
      }),
    );
    server.once("error", reject);
  });

/** Serves a world that exists. */
export async function serveWorld(world: World, port = 0): Promise<RunningWorld> {
  const folders = gitFolders();
  const github = await listening(worldApp(world, folders), port);
  const storage = await listening(storageApp(world), 0);
  const { url } = github;
  Object.assign(world.urls, { api: url, html: url, storage: storage.url });
  return {
    url,
    world,
    hooks: deliveryKnobs(world),
    deliver: () => deliver(world),
    async close() {
      world.hook.automatic = false;
      world.hook.queue.length = 0;
      await Promise.all([github.close(), storage.close()]);
      await folders.close();
    },
  };
}

/** An empty GitHub on a free port of the loopback interface. */
export const startWorld = (options: WorldOptions & { readonly port?: number }): Promise<RunningWorld> =>
  serveWorld(makeWorld(options), options.port);

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "hono";
import type { HttpApp } from "#platform/http";
import { problem } from "#platform/http";
import { actsOn, type Act, type Stage } from "./acts.ts";
import { page } from "./pages/layout.ts";
import { listPage, type Incident, type TenantView } from "./pages/list.ts";
import { logPage, type LogView, type Verification } from "./pages/log.ts";
import { pullPage, type AuditLine } from "./pages/pull.ts";
import { TAMPERINGS, type TamperingId } from "./tamper.ts";
import { pullView, repositoriesOf, summaryOf, type PullView } from "./view.ts";
import { ownerOf } from "./world/index.ts";

export interface DemoPorts extends Stage {
  /** Prefix of the tenant that an owner's repositories belong to. */
  readonly tenantOf: (owner: string) => string;
  /** Newest first. */
  readonly audit: (pull: { readonly repo: string; readonly number: number }) => Promise<readonly AuditLine[]>;
  readonly incidents: () => Promise<readonly Incident[]>;
  /** Deliveries or jobs about this pull request are under way. */
  readonly busy: (pull: { readonly repo: string; readonly number: number }) => Promise<boolean>;
  readonly log: () => Promise<LogView>;
  /** The log as it is, or a copy that was changed. null: there is nothing to verify yet. */
  readonly verify: (how: "log" | TamperingId) => Promise<Verification | null>;
  readonly footer: string;
}

const asset = (name: string): string => readFileSync(new URL(`./pages/${name}`, import.meta.url), "utf8");
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;
const digest = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);

/** GitHub's clock counts whole seconds, and an approval must be later than the push: two acts never share a second. */
function onePerSecond(now: () => number): () => Promise<void> {
  let last = 0;
  return async () => {
    while (Math.floor(now() / 1000) <= last) await pause(1000 - (now() % 1000));
    last = Math.floor(now() / 1000);
  };
}

/** Only what the page offered: a choice outside of it, or a field too many, is refused. */
function parseForm(act: Act, form: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | null {
  const given: Record<string, string> = {};
  for (const { name, kind, choices } of act.fields) {
    const value = form[name];
    const text = typeof value === "string" ? value : "";
    if (kind === "choice" && !choices.some((choice) => choice.value === text)) return null;
    given[name] = text;
  }
  return given;
}

export function mountDemo(app: HttpApp, ports: DemoPorts): void {
  const csrf = randomBytes(24).toString("base64url");
  const nextSecond = onePerSecond(ports.world.now);
  const css = asset("demo.css");
  const script = asset("demo.js");
  let said: { readonly at: string; readonly text: string } | null = null;

  // A page of another site that resolves its own name to this machine (DNS rebinding) could otherwise read the token.
  app.use(async (c, next) =>
    LOOPBACK.test(c.req.header("host") ?? "")
      ? next()
      : problem(c, { status: 403, code: "forbidden", title: "The demo answers to this machine only." }),
  );

  app.get("/demo.css", (c) => c.body(css, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/demo.js", (c) => c.body(script, 200, { "content-type": "text/javascript; charset=utf-8" }));

  const tenants = (): readonly TenantView[] => {
    const byTenant = Map.groupBy(repositoriesOf(ports.world), (repo) =>
      ports.tenantOf(ownerOf(ports.world, repo).login),
    );
    return [...byTenant].map(([prefix, repos]) => ({
      prefix,
      pulls: repos.flatMap((repo) => [...repo.pulls.values()].map((pull) => summaryOf(ports.world, repo, pull))),
    }));
  };

  async function list(): Promise<{
    readonly version: string;
    readonly busy: boolean;
    readonly tenants: readonly TenantView[];
    readonly incidents: readonly Incident[];
  }> {
    const incidents = await ports.incidents();
    const all = tenants();
    const busy = all.some(({ pulls }) => pulls.some(({ verdict }) => verdict === "deciding"));
    return { version: digest([all, incidents]), busy, tenants: all, incidents };
  }
  app.get("/", async (c) => {
    const now = await list();
    return c.html(
      page({
        title: "Pull requests",
        body: listPage(now.tenants, now.incidents),
        watch: { url: "/version", version: now.version, busy: now.busy },
        footer: ports.footer,
      }),
    );
  });
  app.get("/version", async (c) => c.text((await list()).version));

  app.get("/audit", async (c) => {
    const how = ["log" as const, ...TAMPERINGS.map(({ id }) => id)].find((id) => id === c.req.query("verify"));
    const done = how === undefined ? undefined : await ports.verify(how);
    return c.html(
      page({
        title: "Audit log",
        body: logPage(await ports.log(), done),
        // The log grows with every look at it: a page that followed it would never stand still.
        watch: null,
        footer: ports.footer,
      }),
    );
  });

  const found = (c: Context): PullView | null =>
    pullView(ports.world, `${c.req.param("owner")}/${c.req.param("name")}`, Number(c.req.param("number")));
  const missing = (c: Context): Response =>
    problem(c, { status: 404, code: "not_found", title: "There is no such pull request." });

  async function one(
    pull: PullView,
  ): Promise<{ readonly version: string; readonly busy: boolean; readonly audit: readonly AuditLine[] }> {
    const [audit, working] = await Promise.all([ports.audit(pull), ports.busy(pull)]);
    const busy = working || (pull.open && pull.check === null);
    return { version: digest([pull, audit.length, busy]), busy, audit };
  }
  app.get("/pull/:owner/:name/:number{[0-9]+}", async (c) => {
    const pull = found(c);
    if (pull === null) return missing(c);
    const now = await one(pull);
    const told = said?.at === c.req.path ? said.text : null;
    const body = pullPage({ pull, busy: now.busy, acts: actsOn(ports, pull), audit: now.audit, csrf, said: told });
    return c.html(
      page({
        title: pull.title,
        body,
        watch: { url: `${c.req.path}/version`, version: now.version, busy: now.busy },
        footer: ports.footer,
      }),
    );
  });
  app.get("/pull/:owner/:name/:number{[0-9]+}/version", async (c) => {
    const pull = found(c);
    return pull === null ? missing(c) : c.text((await one(pull)).version);
  });

  app.post("/pull/:owner/:name/:number{[0-9]+}/act/:act", async (c) => {
    const pull = found(c);
    if (pull === null) return missing(c);
    const form = await c.req.parseBody();
    const token = Buffer.from(typeof form["csrf"] === "string" ? form["csrf"] : "");
    const foreign = !["same-origin", undefined].includes(c.req.header("sec-fetch-site"));
    if (foreign || token.length !== csrf.length || !timingSafeEqual(token, Buffer.from(csrf))) {
      return problem(c, {
        status: 403,
        code: "forbidden",
        title: "This form is from another page or an earlier start. Reload the page and try again.",
      });
    }
    const act = actsOn(ports, pull).find(({ id }) => id === c.req.param("act"));
    const given = act === undefined ? null : parseForm(act, form);
    if (act === undefined || given === null)
      return problem(c, {
        status: 409,
        code: "input_invalid",
        title: "That cannot be done with this pull request now. Reload the page.",
      });
    await nextSecond();
    const path = `/pull/${pull.repo}/${pull.number}`;
    said = { at: path, text: await act.perform(given) };
    return c.redirect(path, 303);
  });
}

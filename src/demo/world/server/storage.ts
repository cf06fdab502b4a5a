// Where GitHub keeps logs: another host, which knows no token. Whoever has an address of it, has what lies there, for a minute.

import { Hono } from "hono";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";

const SECONDS = 60;

export function storedAt(w: World, repo: Repository, job: number): string {
  const name = w.ids.hex(16);
  w.stored.set(name, { repository: repo.id, job, until: w.wallClock() + SECONDS * 1000 });
  return `${w.urls.storage}/logs/${name}?sig=${w.ids.hex(16)}`;
}

export function storageApp(w: World): Hono {
  const app = new Hono();
  app.get("/logs/:name", (c) => {
    // As the real one: who comes with a credential of another host is told that it is none.
    if (c.req.header("authorization") !== undefined) return c.text("InvalidAuthenticationInfo", 400);
    const kept = w.stored.get(c.req.param("name"));
    if (kept === undefined || kept.until < w.wallClock()) return c.text("AuthenticationFailed", 403);
    const run = w.repositories.get(kept.repository)?.checkRuns.find(({ id }) => id === kept.job);
    return c.text(run?.job?.log ?? "", 200);
  });
  return app;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Instructions of one stage, with continued lines joined. */
const instructions = read("Dockerfile")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ word: line.split(" ")[0] ?? "", rest: line.slice(line.indexOf(" ") + 1) }));
const lastFrom = instructions.findLastIndex(({ word }) => word === "FROM");
const final = instructions.slice(lastFrom);
const copied = instructions
  .filter(({ word, rest }) => word === "COPY" && !rest.startsWith("--from"))
  .flatMap(({ rest }) => rest.split(" ").slice(0, -1));

describe("the image", () => {
  it("runs as UID 1000, set after every file is in place", () => {
    expect(final.find(({ word }) => word === "USER")?.rest).toBe("1000:1000");
    const user = final.findIndex(({ word }) => word === "USER");
    expect(final.findLastIndex(({ word }) => word === "COPY" || word === "RUN")).toBeLessThan(user);
  });

  it("is built in stages from one base, pinned to the project's Node, with a place for its digest", () => {
    const pinned = z.object({ dependencies: z.object({ node: z.string() }) }).parse(JSON.parse(read("package.json")));
    expect(instructions[0]).toEqual({ word: "ARG", rest: `NODE_IMAGE=node:${pinned.dependencies.node}-bookworm-slim` });
    expect(instructions.filter(({ word }) => word === "FROM").map(({ rest }) => rest.split(" ")[0])).toEqual([
      "${NODE_IMAGE}",
      "${NODE_IMAGE}",
    ]);
    expect(read(".nvmrc").trim()).toBe(pinned.dependencies.node);
  });

  it("holds production dependencies only, installed without install scripts, and lists them (SBOM)", () => {
    const runs = instructions.filter(({ word }) => word === "RUN").map(({ rest }) => rest);
    expect(runs.find((run) => run.includes("npm ci"))).toContain("--omit=dev --omit=optional --ignore-scripts");
    expect(runs.some((run) => run.includes("npm sbom"))).toBe(true);
    expect(final.some(({ rest }) => rest.includes("sbom.cdx.json"))).toBe(true);
  });

  it("says whether it is healthy, in Node and not in a shell, and starts Node as process 1", () => {
    expect(final.find(({ word }) => word === "HEALTHCHECK")?.rest).toMatch(/CMD \["node", "-e", .*\/healthz/);
    expect(final.find(({ word }) => word === "ENTRYPOINT")?.rest).toBe(`["node", "src/main.ts"]`);
    expect(final.find(({ word }) => word === "CMD")?.rest).toBe(`["serve"]`);
  });

  it("copies only files that exist and that .dockerignore lets in; everything else stays out", () => {
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const ignore = read(".dockerignore").split("\n");
    expect(ignore.find((line) => line !== "" && !line.startsWith("#"))).toBe("*");
    expect(copied.filter((path) => !ignore.includes(`!${path}`))).toEqual([]);
  });

  it("has no secret in a layer: no ENV or ARG that is named like one", () => {
    const set = instructions.filter(({ word }) => word === "ENV" || word === "ARG").map(({ rest }) => rest);
    const names = set.flatMap((rest) => rest.split(/\s+/).map((pair) => pair.replace(/=.*/, "")));
    // A directory's path is no secret; what lies in it is mounted, never copied.
    const secret = names.filter(
      (name) => /SECRET|KEY|PASSWORD|TOKEN|DATABASE_URL/.test(name) && !name.endsWith("_DIR"),
    );
    expect(secret).toEqual([]);
  });
});

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  restart: z.string(),
  environment: z.record(z.string(), z.string()),
  networks: z.array(z.string()),
  ports: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
});
const { services, networks } = z
  .object({
    services: z.object({ postgres: service, migrate: service, app: service }),
    networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
  })
  .parse(parse(read("compose.yaml")));

describe("compose.yaml", () => {
  it("starts PostgreSQL, migrates once, then starts the supervisor", () => {
    expect(services.migrate.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
    expect(services.migrate.command).toEqual(["migrate"]);
    expect(services.migrate.restart).toBe("no");
    expect(services.app.depends_on).toEqual({ migrate: { condition: "service_completed_successfully" } });
  });

  it("no secret has a default: whoever starts it sets them, or is told to", () => {
    const secrets = Object.values(services).flatMap(({ environment }) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|KEY|SECRET|URL/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(6);
    for (const [name, value] of secrets) expect(`${name} ${value}`).toMatch(/\$\{\w+:[?][^}]+\}|\$\{\w+:-\}/);
  });

  it("the supervisor never holds the administrator's login", () => {
    expect(Object.keys(services.app.environment)).not.toContain("DATABASE_ADMIN_URL");
    expect(services.app.environment["DATABASE_URL"]).toBe(services.migrate.environment["DATABASE_URL"]);
    expect(services.app.environment["DATABASE_URL"]).not.toContain("countersign_admin");
  });

  it("the database is reachable from inside only, the supervisor on the loopback only", () => {
    expect(networks["database"]?.internal).toBe(true);
    expect(services.postgres.ports).toBeUndefined();
    expect(services.postgres.networks).toEqual(["database"]);
    for (const port of services.app.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

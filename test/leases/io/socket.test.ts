import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PLATFORM_LOG } from "#kernel";
import { connectLeases, serveLeases } from "#leases/io";
import { testDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const lab = await leaseLab(t);
const broker = await lab.start();
const socket = join(lab.directory, "lease.sock");
const faults: unknown[] = [];
const served = await serveLeases(broker, socket, (error) => faults.push(error));
afterAll(async () => {
  await served.stop();
  await broker.close();
});

const send = (text: string): Promise<string> =>
  new Promise((resolve) => {
    let said = "";
    const line = connect(socket, () => line.write(text));
    line.on("data", (chunk) => {
      said += String(chunk);
      line.destroy();
    });
    line.on("error", () => {});
    line.on("close", () => resolve(said));
  });
const post = (path: string, body: string): Promise<string> =>
  send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
const good = lab.request(acme);
const ask = (more: object): Promise<string> => post("/ask", JSON.stringify({ ...good, ...more }));
const scope = { kind: "github", installation: 1, repositories: [7], permissions: { contents: "read" } };

describe("X14 fail closed: what comes over the lease broker's socket", () => {
  it.each<[string, () => Promise<string>, string]>([
    ["no JSON", () => post("/ask", "{"), " 400 "],
    ["nothing", () => post("/ask", ""), " 400 "],
    ["a list", () => post("/revoke", "[]"), " 400 "],
    ["a field that nobody knows", () => ask({ handle: "x" }), " 400 "],
    ["half a character", () => ask({ purpose: "\ud800" }), " 400 "],
    ["a name that would fill the log", () => ask({ run: "x".repeat(60_000) }), " 400 "],
    ["more seconds than there are", () => ask({ seconds: 1e300 }), " 400 "],
    ["a run that is null, which is not every run", () => post("/revoke", JSON.stringify({ tenant: acme.id, run: null })), " 400 "],
    ["61 seconds", () => ask({ seconds: 61 }), '"refused"'],
    ["NUL in a run's name", () => ask({ run: "a\0b" }), '"refused"'],
    ["another client's installation", () => ask({ scope: { ...scope, installation: 2 } }), '"refused"'],
    ["all repositories", () => ask({ scope: { ...scope, repositories: [] } }), '"refused"'],
    ["a way up in Vault", () => ask({ scope: { kind: "vault", mount: "../sys", role: "x" } }), '"refused"'],
    ["the platform itself", () => ask({ tenant: PLATFORM_LOG }), '"refused"'],
    ["nobody's tenant", () => ask({ tenant: "01ff0000-0000-7000-8000-0000000000ff" }), '"refused"'],
    ["too much", () => post("/ask", "x".repeat(200_000)), " 413 "],
    ["no HTTP", () => send("\0\0\0\0\r\n\r\n"), " 400 "],
    ["another door", () => post("/mint", "{}"), " 404 "],
  ])("%s", async (_, sent, answer) => {
    expect(await sent()).toContain(answer);
    expect(lab.fake.minted).toEqual([]);
    expect(faults).toEqual([]);
  }); // prettier-ignore

  it("a thousand that say half a sentence keep nobody from asking", async () => {
    const lines = await Promise.all(
      Array.from(
        { length: 1000 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve) => {
            const line = connect(socket, () => line.write("POST /ask HTTP/1.1\r\n", () => resolve(line)));
            line.on("error", () => resolve(line));
          }),
      ),
    );
    const leases = connectLeases(socket);
    expect(await leases.ask(good)).toMatchObject({ kind: "leased" });
    for (const line of lines) line.destroy();
    expect(await leases.revokeAll({ tenant: acme.id })).toEqual({ revoked: 1, pending: 0 });
    leases.close();
  });
});

// `countersign tenant certificate` and `verify-certificate`: what they print, and with which status they end.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openBroker } from "#audit/io";
import { formatCertificate } from "#verifier";
import { tenantCertificate, type ReadCertificate } from "../../src/cli/tenant-certificate.ts";
import { sampleCertificate } from "../support/certificate.ts";
import { ranWith } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-certificate-"));
const { broker, close } = openBroker(join(folder, "broker"), "log.example");
afterAll(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});
const { vkey } = await broker.identity();
const answer = await broker.certify(formatCertificate("log.example/offboarding", sampleCertificate()));
if (answer.kind !== "signed") throw new Error("not signed");
const { note } = answer;
const found: ReadCertificate = async (client) =>
  client === "acme"
    ? { kind: "certificate", id: sampleCertificate().tenant, text: note }
    : { kind: "refused", problems: ["Nobody of that name is gone."] };
const ran = (args: readonly string[]) =>
  ranWith((program, terminal) => tenantCertificate(program, terminal, found), args);
let made = 0;
function file(text: string): string {
  const path = join(folder, `${(made += 1)}.note`);
  writeFileSync(path, text);
  return path;
}
const verify = (text: string, ...more: readonly string[]) =>
  ran(["verify-certificate", file(text), "--key", vkey, ...more]);

describe("R2 countersign tenant certificate", () => {
  it("prints it, or writes it into a file that was not there", async () => {
    expect(await ran(["certificate", "acme"])).toMatchObject({ out: [note.trimEnd()], status: 0 });
    const out = join(folder, "acme.note");
    expect(await ran(["certificate", "acme", "--out", out])).toMatchObject({ status: 0 });
    expect(readFileSync(out, "utf8")).toBe(note);
    writeFileSync(out, "mine");
    expect(await ran(["certificate", "acme", "--out", out])).toMatchObject({ status: 2 });
    expect(readFileSync(out, "utf8")).toBe("mine");
  });

  it("nobody of that name is gone: status 2, and no file", async () => {
    const out = join(folder, "globex.note");
    expect(await ran(["certificate", "globex", "--out", out])).toMatchObject({
      status: 2,
      err: ["Nobody of that name is gone."],
    });
    expect(existsSync(out)).toBe(false);
  });
});

describe("R2 countersign tenant verify-certificate", () => {
  it("genuine: status 0, with what it does not prove", async () => {
    const { out, status } = await verify(note);
    expect({ status, first: out[0], last: out.at(-1) }).toEqual({
      status: 0,
      first: `genuine     the key of log.example/offboarding signed that tenant ${sampleCertificate().tenant} was erased`,
      last: expect.stringContaining("Not proven"),
    });
  });

  it("changed: status 1, and the place", async () => {
    const { out, status } = await verify(note.replace("  gate.verdict: 7", "  gate.verdict: 8"));
    expect({ status, first: out[0] }).toEqual({ status: 1, first: expect.stringMatching(/^NOT GENUINE at line 11: /) });
    const json = await verify(note.replace("  gate.verdict: 7", "  gate.verdict: 8"), "--json");
    expect(JSON.parse(json.out[0] ?? "")).toMatchObject({ kind: "tampered", at: "line 11" });
  });

  it("fails closed: no key, or a file that is not there, is no answer: status 2", async () => {
    expect(await ran(["verify-certificate", file(note), "--key", "log.example"])).toMatchObject({ status: 2 });
    expect(await ran(["verify-certificate", join(folder, "nothing"), "--key", vkey])).toMatchObject({ status: 2 });
  });
});

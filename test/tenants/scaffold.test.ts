import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { instantOfMillis, tenantId } from "#kernel";
import { clientFiles, isRegion, parseEnvFile } from "#tenants";

const id = tenantId("01ff0000-0000-7000-8000-000000000001") ?? expect.unreachable();
const files = clientFiles({
  tenantId: id,
  prefix: "acme",
  region: "eu-central",
  slot: 3,
  since: instantOfMillis(Date.UTC(2026, 10, 21)),
});

describe("what a client's folder begins with", () => {
  it("the registry's entry as YAML, which says that Countersign does not read it", () => {
    expect(parse(files.get("client.yml") ?? "")).toEqual({
      prefix: "acme",
      id,
      region: "eu-central",
      slot: 3,
      since: "2026-11-21T00:00:00.000Z",
    });
    expect(files.get("client.yml")).toContain("columns that agents never see");
  });

  it("an empty sealed file, in the one spelling that is read", () => {
    expect(parseEnvFile("acme", files.get(".env") ?? "")).toEqual({ kind: "env", values: new Map() });
  });

  it("a constitution that says what it is for: it can only make Countersign's own rules stricter", () => {
    expect(files.get("constitution/README.md")).toMatch(/^# Constitution of acme\n[^]*can only make those stricter/);
  });

  it.each(["", "-eu", "EU", "eu west", 'eu"', "eu\n", "é", "x".repeat(33)])("%j is no region", (text) => {
    expect(isRegion(text)).toBe(false);
  });
});

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectBroker } from "#audit/io";
import { headOf, sampleLeaves } from "../audit/broker/sample.ts";
import { program, temporaryDirectory } from "../support/program.ts";

describe("`countersign audit witness serve`", () => {
  it("needs nothing but a folder and a log's key, and prints the line for the policy file", async () => {
    const directory = temporaryDirectory();
    const broker = program(["broker"], { BROKER_DIR: directory, AUDIT_ORIGIN: "audit.example.com" });
    await broker.says(/listens/);
    const client = connectBroker(join(directory, "broker.sock"));
    const { vkey } = await client.identity();
    const serve = ["audit", "witness", "serve", "--listen", "127.0.0.1:0", "--name", "w.example", "--log", vkey];
    const witness = program([...serve, "--dir", temporaryDirectory()], {});
    const [, url = ""] = await witness.says(/ {2}witness w-example w\.example\+[0-9a-f]{8}\+\S+ (http:\/\/\S+)/);

    const [signed] = await client.sign([headOf("audit.example.com/epochs", 0, 3, sampleLeaves(3))]);
    if (signed?.kind !== "signed") throw new Error("not signed");
    const answer = await fetch(`${url}/add-checkpoint`, { method: "POST", body: `old 0\n\n${signed.note}` });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^— w\.example \S+\n$/)]);
    client.close();
    witness.child.kill("SIGTERM");
    expect((await witness.ended).status).toBe(0);
  });

  it.each([
    ["a key that is none", ["--log", "nonsense"], /is no verifier key of a log/],
    ["an address that is none", ["--log", "x", "--listen", "here"], /--listen must be HOST:PORT/],
  ])("says what is wrong with %s", async (_, args, sentence) => {
    const { status, err } = await program(["audit", "witness", "serve", "--dir", temporaryDirectory(), ...args], {})
      .ended;
    expect([status, err]).toEqual([2, expect.stringMatching(sentence)]);
  });
});

describe("`countersign audit key`", () => {
  it("shows the key of the running broker, and begins its rotation", async () => {
    const directory = temporaryDirectory();
    const env = { BROKER_DIR: directory };
    await program(["broker"], env).says(/listens/);
    const shown = await program(["audit", "key", "show"], env).ended;
    expect(shown.out).toMatch(/^localhost\/[0-9a-f]{8}\/epochs\+[0-9a-f]{8}\+\S+\n$/);
    const rotated = await program(["audit", "key", "rotate"], env).ended;
    expect(rotated.status).toBe(0);
    expect(rotated.out).toContain(`old  ${shown.out.trim()}`);
    expect((await program(["audit", "key", "show"], env).ended).out).toBe(shown.out);
  });

  it("without a broker it says so", async () => {
    const { status, err } = await program(["audit", "key", "show"], { BROKER_DIR: temporaryDirectory() }).ended;
    expect([status, err]).toEqual([2, expect.stringMatching(/broker.* does not answer/)]);
  });
});

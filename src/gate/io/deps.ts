import type { Append } from "#audit/io";
import type { GitHub } from "#platform/github";
import type { Enqueue } from "#platform/jobs";
import type { Database } from "#platform/postgres";

/** Every place between two durable steps. A test stops the process there; everywhere else `crash` is absent. */
export type Step =
  | "merge:intended"
  | "merge:decided"
  | "merge:calling"
  | "merge:called"
  | "merge:read_back"
  | "publish:intended"
  | "publish:written"
  | "revert:intended"
  | "revert:called";

/** What the gate needs from the world, wired in main. */
export interface GateDeps {
  readonly database: Database;
  readonly github: GitHub;
  readonly enqueue: Enqueue;
  readonly append: Append;
  readonly crash?: (step: Step) => void | Promise<void>;
}

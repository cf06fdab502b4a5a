// What a command answers when it cannot do what it was asked.

import { Fault } from "#kernel";
import type { Opened } from "./lifecycle.ts";

export type Refused = { readonly kind: "refused"; readonly problems: readonly string[] };
export const refused = (...problems: readonly string[]): Refused => ({ kind: "refused", problems });

export const NOTHING_HERE =
  "No demo is running here, and nothing else is configured. Start it with npm start, or set DATABASE_URL.";

/** Works, and closes what was opened for it. What is expected to go wrong is an answer. */
export async function orRefused<T>(resources: Opened, work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault) return refused(error.message);
    throw error;
  } finally {
    await resources.close();
  }
}

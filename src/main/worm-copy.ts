import { directorySource } from "#audit/io";
import type { LogSource } from "#verifier";

/** The exported log in that directory. null: it cannot be read; a directory that is not there would agree with a database that is empty. */
export async function copyIn(worm: string): Promise<LogSource | null> {
  const source = directorySource(worm);
  return (await source.tenants()).kind === "found" ? source : null;
}

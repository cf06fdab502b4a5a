// What the agents ask for: one call that runs, one that no rule allows, one that a person is asked about.

import { z } from "zod";
import { REPOSITORY, type Entry } from "./place.ts";

export const FILES = { repository: REPOSITORY, paths: ["src/invoice.ts"] };
export const PUSH = { repository: REPOSITORY, command: "git push --force" };
export const COMMENT = {
  repository: REPOSITORY,
  pull_request: 2,
  body: "I could reproduce it with the order of Jane Doe, IBAN DE89 3704 0044 0532 0130 00.",
};

const body = z.object({ value: z.object({ payload: z.object({ tool: z.string(), call: z.string() }) }) });

/** Tools of the calls that have an intent and a success in the log. */
export function carriedOut(entries: readonly Entry[]): readonly string[] {
  const read = entries.map((entry) => ({ ...entry, ...body.parse(entry.body).value.payload }));
  return read
    .filter(({ outcome, call }) => outcome === "success" && read.some((o) => o.call === call && o.outcome === "intent"))
    .map(({ tool }) => tool);
}

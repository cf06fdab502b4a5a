// The GraphQL texts, read once. They stand in files of their own so that tests validate them against GitHub's schema.

import { readFileSync } from "node:fs";

const text = (name: string): string => readFileSync(new URL(`./queries/${name}.graphql`, import.meta.url), "utf8");

export const FACTS_QUERY = text("facts");
export const ORGANISATION_QUERY = text("organisation");
export const PAGES_QUERY = text("pages");
export const OPEN_QUERY = text("open");
export const ENTRY_QUERY = text("entry");
export const QUEUE_QUERY = text("queue");
export const REVERT_MUTATION = text("revert");
export const ENQUEUE_MUTATION = text("enqueue");

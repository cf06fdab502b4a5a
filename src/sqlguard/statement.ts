/** What may be run: one statement that only reads. */
export type StatementKind = "select" | "show" | "explain";

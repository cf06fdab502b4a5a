/** What a login has beyond reading, and how to take it away. */
export interface RoleFinding {
  /** `must`: nothing is run while this is so. `should`: the other walls hold it. */
  readonly level: "must" | "should";
  readonly what: string;
  /** SQL for whoever administers the database. */
  readonly fix: string;
}

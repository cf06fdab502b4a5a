// What the machine refuses is no bug of ours: one sentence and the way out, and no stack trace.

/** null: it was something else. */
export function machineProblem(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  const path = "path" in error ? String(error.path) : "A file in the data directory";
  switch (error.code) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `${path} cannot be used: this user may not write there. Name another place, start from a directory of your own, or set DATA_DIR.`;
    case "ENOSPC":
    case "EDQUOT":
      return `${path} cannot be written: the disk is full. Free some space and start again; nothing half-written is used.`;
    default:
      return null;
  }
}

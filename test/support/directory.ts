import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A fresh directory that other accounts may enter. PostgreSQL does not run as root: for root, the built-in one would else keep its
 * cluster under /var/lib, where it stays when the directory is removed.
 */
export function openDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `countersign-${name}-`));
  chmodSync(path, 0o755);
  return path;
}

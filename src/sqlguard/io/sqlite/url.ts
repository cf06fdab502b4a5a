import { fileURLToPath } from "node:url";

export const isSqliteUrl = (url: string): boolean => /^sqlite:/i.test(url);

/** sqlite:///var/lib/app/shop.db: the file's path; null when there is none. */
export function pathOf(url: string): string | null {
  try {
    const { host, pathname, search, hash } = new URL(url);
    // What looks like an option of the engine's (?mode=rwc) is none, and the file of that name is not meant either.
    return host + search + hash === "" && pathname.length > 1 ? fileURLToPath(`file://${pathname}`) : null;
  } catch {
    return null;
  }
}

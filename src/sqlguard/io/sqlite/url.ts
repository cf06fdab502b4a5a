import { fileURLToPath } from "node:url";

export const isSqliteUrl = (url: string): boolean => url.startsWith("sqlite:");

/** sqlite:///var/lib/app/shop.db: the file's path; null when there is none. */
export function pathOf(url: string): string | null {
  try {
    const { host, pathname } = new URL(url);
    return host === "" && pathname.length > 1 ? fileURLToPath(`file://${pathname}`) : null;
  } catch {
    return null;
  }
}

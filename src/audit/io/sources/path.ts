const PLAIN = /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/;

/** INVARIANT: a manifest names files inside its export and none elsewhere; every other path comes from the layout. */
export const isPlainPath = (path: string): boolean =>
  PLAIN.test(path) && !path.split("/").some((part) => part === "." || part === "..");

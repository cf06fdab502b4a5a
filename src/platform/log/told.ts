const CAUSES = 5;

/**
 * What of an error is for others to read. Not its other properties: pg hangs the whole client on it, with the key that
 * cancels its queries, and HTTP libraries the request with its headers.
 */
export function told(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth >= CAUSES ? {} : { cause: told(error.cause, depth + 1) }),
  };
}

/** The same for a terminal: stack after stack. */
export function toldAsText(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return `${typeof error} was thrown, and no error`;
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined || depth >= CAUSES
    ? own
    : `${own}\nCaused by: ${toldAsText(error.cause, depth + 1)}`;
}

/**
 * The handle that a request shows: as a bearer, or as the password of Basic, which is what git can send. null: none, or more than one
 * `Authorization`, of which nobody knows which one somebody else would read.
 */
export function handleIn(rawHeaders: readonly string[]): string | null {
  const given = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === "authorization");
  const [only] = given;
  if (only === undefined || given.length > 1) return null;
  const [, scheme = "", text = ""] = /^(bearer|basic|token) ([A-Za-z0-9._~+/=-]{1,1024})$/i.exec(only) ?? [];
  if (scheme.toLowerCase() !== "basic") return text === "" ? null : text;
  const pair = Buffer.from(text, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return colon === -1 ? null : pair.slice(colon + 1);
}

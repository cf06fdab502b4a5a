/** null: none that may stand in settings: https, or this machine. Nothing in it can end a quoted text. */
export function webAddress(text: string): string | null {
  if (!URL.canParse(text) || /['"\\$`\s]/.test(text)) return null;
  const { protocol, hostname, origin, pathname } = new URL(text);
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && here) ? `${origin}${pathname}`.replace(/\/+$/, "") : null;
}

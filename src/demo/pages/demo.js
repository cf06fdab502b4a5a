// The page as it is now, compared with the server's: reload when it changed. Without a script the page refreshes itself
// while it is deciding.
const { watch, version, busy } = document.documentElement.dataset;
const everyMs = busy === "yes" ? 500 : 2500;

async function look() {
  try {
    const answer = await fetch(watch, { cache: "no-store" });
    const typing = document.activeElement?.matches("select, input") ?? false;
    if (answer.ok && (await answer.text()) !== version && !typing) return location.replace(location.pathname);
  } catch {
    // The server is away: keep looking, it may come back.
  }
  setTimeout(() => void look(), everyMs);
}
if (watch !== undefined) setTimeout(() => void look(), everyMs);

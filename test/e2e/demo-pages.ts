import { expect, vi } from "vitest";

const PATIENCE = { timeout: 90_000, interval: 150 };

/** The demo's pages as a visitor without a browser uses them: read, fill in a form, wait for the answer. */
export function visitor(base: string) {
  const read = async (path: string): Promise<string> => (await fetch(base + path)).text();
  const text = (page: string): string =>
    page
      .replace(/<(?:script|style)[^]*?<\/(?:script|style)>/g, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/&#39;/g, "'")
      .replace(/\s+/g, " ");

  async function act(pull: string, act: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const csrf = /name="csrf" value="([^"]+)"/.exec(await read(pull))?.[1] ?? "";
    const answer = await fetch(`${base}${pull}/act/${act}`, {
      method: "POST",
      body: new URLSearchParams({ csrf, ...fields }),
      redirect: "manual",
    });
    expect({ act, status: answer.status }).toEqual({ act, status: 303 });
  }

  return {
    read,
    act,
    /** Waits until the page is at rest and says this. */
    async sees(path: string, wanted: RegExp): Promise<string> {
      return vi.waitFor(async () => {
        const page = await read(path);
        expect(page).toContain('data-busy="no"');
        expect(text(page)).toMatch(wanted);
        return page;
      }, PATIENCE);
    },
  };
}

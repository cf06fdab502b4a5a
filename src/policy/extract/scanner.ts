// A text read from its beginning, a piece at a time. Patterns are sticky: each begins where the last piece ended.

export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next letters, without taking them. */
  ahead(letters: number): string {
    return this.#text.slice(this.#at, this.#at + letters);
  }

  /** null: what follows is something else, and nothing is taken. */
  takes(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }
}

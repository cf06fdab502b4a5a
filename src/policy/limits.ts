/** Beyond them a document is refused, never cut. */
export const LIMITS = {
  /** Characters of a name in the facts. */
  name: 200,
  /** Members of a set in the facts. */
  words: 64,
  citations: 32,
  /** People that a rule can ask for: as many as a request of the approvals does. */
  people: 5,
  /** Rules of one set, all layers together: beyond, a decision takes too long. */
  rules: 300,
  /** Characters of one file of rules, prose or cases. */
  file: 256 * 1024,
  /** Files of one constitution. */
  files: 64,
  /** Characters of a command line. */
  command: 8 * 1024,
  /** Programs of a command line, counted each time one is read. */
  programs: 300,
  /** How deep commands within commands are followed. */
  depth: 8,
  /** Bytes of an answer over HTTP, reasons of a verdict. */
  answer: 256 * 1024,
  reasons: 64,
} as const;

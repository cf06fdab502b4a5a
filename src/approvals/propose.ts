// A rule out of one case and a person's answer to it. INVARIANT (G3, 8): a client's rules only forbid. A no may become a refusal of the
// same class of calls; a yes never becomes an exception, and is written down as guidance.

import { stringify } from "yaml";
import { plain } from "#kernel";
import { BASELINE, type Facts } from "#policy";
import type { AnswerWord } from "./types.ts";

export interface ProposedCase {
  readonly name: string;
  readonly facts: Facts;
}

export type Proposed =
  | {
      readonly kind: "rule";
      readonly id: string;
      readonly cedar: string;
      readonly positive: ProposedCase;
      /** Each is without one thing of the class: the rule must not decide it. */
      readonly negatives: readonly ProposedCase[];
    }
  | { readonly kind: "guidance"; readonly id: string; readonly prose: string };

export interface Learned {
  readonly answer: AnswerWord;
  /** What the rules saw; null: nothing but words can be kept of it. */
  readonly facts: Facts | null;
  readonly title: string;
  readonly reason: string;
  /** Hexadecimal, of the request: a proposal's name. */
  readonly mark: string;
}

/** Which words of the facts make a class of calls. */
const WORDS = ["areas", "shell", "taint"] as const;
/** And which numbers: what has as much of it, or more. */
const SCORES = ["injection", "pii", "secrets"] as const;
const MOST_WORDS = 6;
const REASON = 300;

export function proposeRule(learned: Learned): Proposed {
  const { answer, facts, mark } = learned;
  if (answer === "approve" || facts === null) return guidance(learned);
  const id = `learned.${facts.tool.replaceAll(".", "_")}.${mark}`;
  const asked = WORDS.flatMap((name) =>
    facts[name].length === 0 ? [] : [{ name, words: facts[name].toSorted().slice(0, MOST_WORDS) }],
  );
  const scores = SCORES.filter((name) => facts.scores[name] > 0);
  // What one call alone has so: how much it is says what it was about.
  const sizes = asked.length + scores.length > 0 ? [] : SIZES.filter(({ of }) => of(facts) > 0);
  const numbers: readonly Amount[] = [...scores.map(score), ...sizes];
  // A refusal of the whole tool, everywhere, is nothing that one case teaches.
  if (asked.length + numbers.length === 0 && facts.repository === null) return guidance(learned);
  const resource =
    facts.repository === null ? "resource" : `resource == Countersign::Repository::${quoted(facts.repository)}`;
  const conditions = [
    ...asked.map(({ name, words }) => `context.${name}.containsAll([${words.map((word) => quoted(word)).join(", ")}])`),
    ...numbers.map(({ path, of }) => `context.${path} >= ${of(facts)}`),
  ];
  const cedar = [
    `@id(${quoted(id)})`,
    `@version("1")`,
    `@verdict("RED")`,
    `@text(${quoted(`A person said no to such a call: ${told(learned.reason)} Ask for something else, or ask whoever keeps these rules.`)})`,
    `forbid (principal, action == Countersign::Action::${quoted(facts.tool)}, ${resource})`,
    ...(conditions.length === 0 ? [] : [`when { ${conditions.join(" && ")} }`]),
  ].join("\n");
  return {
    kind: "rule",
    id,
    cedar: `${cedar};\n`,
    positive: { name: plain(`refused: ${learned.title}`, 150), facts: anonymous(facts) },
    negatives: [
      ...(facts.repository === null
        ? []
        : [{ name: "the same in another repository is not what it is about", facts: elsewhere(facts) }]),
      ...asked.flatMap(({ name, words }) =>
        words.map((word) => ({
          name: `without ${word} in ${name} it is not what it is about`,
          facts: { ...anonymous(facts), [name]: facts[name].filter((each) => each !== word) },
        })),
      ),
      ...numbers.map(({ path, of, as }) => ({
        name: `with less of ${path} it is not what it is about`,
        facts: as(anonymous(facts), of(facts) - 1),
      })),
    ],
  };
}

/** `path`: in the rules' context. */
interface Amount {
  readonly path: string;
  readonly of: (facts: Facts) => number;
  readonly as: (facts: Facts, value: number) => Facts;
}

const score = (name: (typeof SCORES)[number]): Amount => ({
  path: `scores.${name}`,
  of: ({ scores }) => scores[name],
  as: (facts, value) => ({ ...facts, scores: { ...facts.scores, [name]: value } }),
});

const SIZES: readonly Amount[] = [
  {
    path: "paths",
    of: ({ touched }) => touched.paths,
    as: (facts, paths) => ({ ...facts, touched: { ...facts.touched, paths } }),
  },
  {
    path: "lines",
    of: ({ touched }) => touched.lines,
    as: (facts, lines) => ({ ...facts, touched: { ...facts.touched, lines } }),
  },
  {
    path: "batch.updates",
    of: ({ batch }) => batch.updates,
    as: (facts, updates) => ({ ...facts, batch: { ...facts.batch, updates } }),
  },
  {
    path: "batch.cents",
    of: ({ batch }) => batch.cents,
    as: (facts, cents) => ({ ...facts, batch: { ...facts.batch, cents } }),
  },
];

const OTHER = "example/another";

/** The case without whose it was, and without what one call alone has. */
const anonymous = (facts: Facts): Facts => ({
  ...facts,
  tenant: BASELINE.tenant,
  agent: BASELINE.agent,
  requester: BASELINE.requester,
  argsHash: BASELINE.argsHash,
  citations: [],
  approval: null,
});

const elsewhere = (facts: Facts): Facts => ({ ...anonymous(facts), repository: OTHER });

function guidance({ answer, facts, title, reason, mark }: Learned): Proposed {
  const id = `learned.guidance.${mark}`;
  const line = plain(title, 200);
  const said = told(reason);
  const about = facts === null ? "" : ` (${facts.tool})`;
  const prose =
    answer === "approve"
      ? `A person said yes to "${line}"${about}. ${said}\n\nIt still asks each time: a client's rules can only forbid. Where such calls should go by themselves, whoever runs Countersign can permit them in the platform's own rules.`
      : `A person said no to "${line}"${about}. ${said}\n\nDo not ask for the like again without a reason that this one did not have.`;
  return { kind: "guidance", id, prose: `## ${id}@1\n\n${prose}\n` };
}

/** One line, ended. */
function told(reason: string): string {
  const line = plain(reason, REASON);
  if (line === "") return "No reason was given.";
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/** A Cedar string. INVARIANT: whatever a person or a repository's name holds, it stays inside the quotes. */
const quoted = (text: string): string => `"${plain(text, 600).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

export interface Judged extends ProposedCase {
  readonly expect: string;
  readonly rules: readonly string[];
}

/** As `*.cases.yaml`: what differs from a harmless read. */
export function casesText(cases: readonly Judged[]): string {
  const harmless = new Map<string, unknown>(Object.entries(BASELINE));
  const differs = ([key, value]: readonly [string, unknown]): boolean =>
    key === "tool" || JSON.stringify(value) !== JSON.stringify(harmless.get(key));
  return stringify(
    {
      cases: cases.map(({ name, facts, expect, rules }) => ({
        name,
        facts: Object.fromEntries(Object.entries(facts).filter(differs)),
        expect,
        rules: [...rules],
      })),
    },
    // The reader takes no aliases.
    { aliasDuplicateObjects: false },
  );
}

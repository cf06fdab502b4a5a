// The rules that a new client begins with: some that bind, some prose to cite, and the cases that show what they do.

const UNLESS = "unless { context has approval && context.approval.argsHash == context.argsHash };";

const readme = (prefix: string): string => `# Constitution of ${prefix}

The rules that agents work under for ${prefix}, beside Countersign's own. They can only make those stricter: whatever stands here,
nothing becomes allowed by it.

- \`*.cedar\`: rules that decide, RED (never) or YELLOW (a person says yes first). https://www.cedarpolicy.com/
- \`*.md\`: rules in your own words, each under a heading with its name and its version. Agents and people cite them.
- \`*.cases.yaml\`: what the rules must answer.

Change a rule, give it the next version, and see what it does:

    countersign policy check clients/${prefix}/constitution
    countersign policy test clients/${prefix}/constitution

Put no credential here: those are sealed with \`countersign secret set ${prefix} NAME\`.
`;

const RULES = `// Take away what does not fit, add what is missing. Every rule needs a name, a version, a colour and a sentence for whoever is refused.

@id("client.dependencies")
@version("1")
@verdict("YELLOW")
@text("New or changed dependencies bring other people's code. A person looks at them first.")
forbid (principal, action in Countersign::Action::"write", resource)
when { context.areas.contains("dependencies") }
${UNLESS}

@id("client.infrastructure")
@version("1")
@verdict("YELLOW")
@text("Deployment and infrastructure are changed with a person's yes.")
forbid (principal, action in Countersign::Action::"write", resource)
when { context.areas.contains("infrastructure") }
${UNLESS}

@id("client.words_from_the_web")
@version("1")
@verdict("YELLOW")
@text("The agent has read pages of the web in this session, which may tell it what to do. A person looks at what it writes.")
forbid (principal, action in Countersign::Action::"write", resource)
when { context.taint.contains("web") }
${UNLESS}
`;

const PROSE = (prefix: string): string => `# How agents work for ${prefix}

## client.smallest_change@1

Make the smallest change that fixes the bug. Leave what is only ugly as it is.

## client.ask_when_vague@1

Where a ticket can be read in two ways, ask one specific question on it, and wait.
`;

const CASES = `# What a case does not say is a harmless read.
cases:
  - name: a changed dependency waits for a person
    facts: { tool: repo.propose, branch: topic, areas: [dependencies] }
    expect: YELLOW
    rules: [client.dependencies@1]
  - name: so does a deployment
    facts: { tool: repo.propose, branch: topic, areas: [infrastructure] }
    expect: YELLOW
    rules: [client.infrastructure@1]
  - name: and what is written after reading the web
    facts: { tool: pr.comment, taint: [web] }
    expect: YELLOW
    rules: [client.words_from_the_web@1]
  - name: other code, after reading a ticket, goes by itself
    facts: { tool: repo.propose, branch: topic, areas: [docs], taint: [ticket] }
    expect: GREEN
    rules: [default.propose@1]
`;

/** By path in the client's folder. INVARIANT: a prefix has no character that means anything to Markdown. */
export const constitutionFiles = (prefix: string): readonly (readonly [string, string])[] => [
  ["constitution/README.md", readme(prefix)],
  ["constitution/rules.cedar", RULES],
  ["constitution/practice.md", PROSE(prefix)],
  ["constitution/rules.cases.yaml", CASES],
];

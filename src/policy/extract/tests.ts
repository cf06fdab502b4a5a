// Tests that a change takes out, switches off or makes easier to pass. Read out of the texts before and after, whatever the language:
// what cannot be told apart from a weaker test is one, and a person looks at it.

import type { Hazard } from "../hazards.ts";

export interface FileEdit {
  readonly path: string;
  /** What stood there; of an edit the part that goes. null: it was not there, or nobody knows what it was. */
  readonly before: string | null;
  /** null: the file goes. */
  readonly after: string | null;
}

export interface EditsRead {
  readonly hazards: readonly Hazard[];
  readonly areas: readonly string[];
}

const TEST_PATH =
  /(?:^|\/)(?:tests?|__tests__|__snapshots__|specs?|e2e|cypress)\/|(?:^|\/)(?:test_[^/]*\.py|conftest\.py|[^/]*(?:[._-](?:test|tests|spec|e2e|cy)\.[a-z]+|_(?:test|spec)\.[a-z]+|tests?\.(?:java|kt|cs|swift|scala|php)|\.snap|\.feature))$/;
/** Files that say which tests are run, and what counts as passed. */
const RUNNER_PATH =
  /(?:^|\/)(?:(?:jest|vitest|playwright|cypress|karma|wdio|ava|nightwatch)\.(?:config|conf|setup|workspace)[\w.]*|\.mocharc[\w.]*|\.(?:c8|nyc)rc[\w.]*|pytest\.ini|tox\.ini|noxfile\.py|\.coveragerc|phpunit\.xml(?:\.dist)?|\.rspec|\.?codecov\.ya?ml|nextest\.toml)$/;
const SCRIPTS_PATH = /(?:^|\/)(?:package\.json|composer\.json|makefile|justfile|taskfile\.ya?ml|rakefile)$/;

/**
 * Each switches a test off, or all the others. INVARIANT: what they take grows with the text and no faster, here and below: the text is an
 * agent's, and everybody waits meanwhile. So chains are bounded, what looks along a whole line begins where the line does, and of white space
 * `plain` leaves one.
 */
const OFF: readonly RegExp[] = [
  // JavaScript: it.skip, test.concurrent.only, describe["skip"], xit, fdescribe, t.skip(), { skip: true }
  /\b(?:it|test|describe|context|suite|specify|bench|scenario|feature)\s*(?:\??\.\s*\w+\s*){0,8}(?:\??\.\s*|(?:\?\.)?\[\s*["'`])(?:skip\w*|only|todo|fixme|failing|fails)\b/g,
  /\b[xf](?:it|describe|test|context|specify|scenario|feature)\s*(?:\.\s*\w+\s*){0,8}[(`"' ]\s*["'`(]?/g,
  /\b(?:this|t|ctx|context|test|testInfo|suite)\s*\.\s*(?:skip|fixme|todo)\s*\(/g,
  /\b(?:skip|todo)\s*:\s*(?:true\b|["'`])/g,
  // Python
  /@\s*(?:\w+\s*\.\s*)*(?:skip|skipif|skipIf|skipUnless|xfail|expectedFailure)\b/g,
  /\b(?:pytest\s*\.\s*(?:skip|xfail|importorskip)|skipTest|SkipTest)\s*\(|\braise\s+(?:unittest\s*\.\s*)?SkipTest\b|__test__\s*=\s*False|\bcollect_ignore(?:_glob)?\b/g,
  /^(?=[^\n]*\bpytestmark\b)[^\n]*\b(?:skip\w*|xfail)\b/gm,
  // Go, Rust, Swift, C++
  /\b[tb]\s*\.\s*Skip(?:Now|f)?\s*\(|\/\/\s*go:build\s+ignore|\/\/\s*\+build\s+ignore/g,
  /#!?\s*\[\s*(?:cfg_attr\s*\((?:[^\]]{0,500}\bignore\b|[^\]]{500})|ignore\b|cfg\s*\(\s*any\s*\(\s*\)\s*\))/g,
  /\bXCTSkip\w*\b|\bGTEST_SKIP\b|\bDISABLED_\w+/g,
  // Java, Kotlin, .NET, PHP, Ruby, Elixir, Perl
  /@(?:Disabled\w*|Ignore\w*|EnabledIf\w*|DisabledIf\w*)\b|\[\s*(?:Ignore|Explicit)\b|\bSkip\s*=\s*@?"|\bAssume\s*\.\s*\w+\s*\(|\bassume(?:True|False|That)\s*\(/g,
  /\bmarkTest(?:Skipped|Incomplete)\b|@(?:tag|moduletag)\s+:?skip\b|\bskip_all\b|^\s*(?:skip|pending)\b(?!\s*[=:])/gm,
];
const RUNS_NOTHING =
  /--pass-?with-?no-?tests|passWithNoTests["']?\s*:\s*true|"(?:pre|post)?test[\w:.-]*"\s*:\s*"(?=[^"]*")\s*(?:(?:echo\b[^"|&;]*|true|:|exit 0|)\s*(?:&&\s*exit 0)?|[^"]*(?:\|\||;)\s*(?:true|:|exit 0|echo\b[^"]*))\s*"/gi;

const CASE =
  /\b(?:it|test|specify|scenario|property)\s*(?:\.\s*\w+\s*(?:\([^()]*\))?){0,8}\s*[(`]|^\s*(?:it|test|specify|scenario)\s+["']|\bdef\s+test\w*|^\s*func\s+(?:\([^)]{0,200}\)\s*)?(?:Test|Fuzz|Example|test)\w*|#\[\s*(?:\w+::)*(?:test|rstest)\b|@(?:Test|ParameterizedTest|RepeatedTest)\b|\[\s*(?:Fact|Theory|Test|TestMethod|TestCase)\b|\bfunction\s+test\w+|^\s*(?:Scenario|Example)(?: Outline)?:/gm;
const ASSERTION =
  /\b(?:expect\w*|assert\w*|Assert\w*|should\w*|XCTAssert\w*|EXPECT_\w+|ASSERT_\w+|REQUIRE|CHECK|refute\w*|verify\w*|ensure)\b|\brequire\s*\.\s*[A-Z]\w+|\b[tb]\s*\.\s*(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow|is|ok|deepEqual|equal|same|throws)\s*\(|\.\s*(?:to[A-Z]\w*|to|rejects|resolves|strictEqual|deepEqual|deepStrictEqual|throws)\b|^\s*(?:Then|And|But)\b/;
/** They hold whatever the program does. */
const EMPTY =
  /\bexpect\s*\(\s*(true|false|1|0|null|undefined|"[^"]*"|'[^']*')\s*\)\s*\.\s*(?:toBe|toEqual|toStrictEqual|to\s*\.\s*equal)\s*\(\s*\1\s*\)|\b(?:assert|assertTrue|assert_true|Assert\s*\.\s*(?:True|IsTrue)|assert\s*\.\s*ok)\s*[( ]\s*(?:true|True|1)\s*\)?\s*;?\s*$|^(?=[^\n]*\b(?:assert\w*|expect)\b)[^\n]*(?:\|\||\bor\b)\s*(?:true|True)\b/gm;
const COMMENT = /^\s*(?:\/\/|\/\*|\*|--|<!--|;|#(?!\s*!?\[))/;
const IMPORT = /^\s*(?:import|from|using|use|@?require|#include)\b|=\s*require\s*\(/;

export function readEdits(edits: readonly FileEdit[]): EditsRead {
  const found = edits.map(readEdit);
  return {
    hazards: found.includes("off") ? ["checks.bypass"] : [],
    areas: found.some((each) => each !== null) ? ["weaker_tests"] : [],
  };
}

/** null: no test is weaker for it, as far as the two texts say. */
function readEdit({ path, before, after }: FileEdit): "off" | "weaker" | null {
  const name = plain(path).toLowerCase().replaceAll(/\/+/g, "/");
  const [was, is] = [plain(before ?? ""), plain(after ?? "")];
  if (SCRIPTS_PATH.test(name) || RUNNER_PATH.test(name)) {
    if (count(is, RUNS_NOTHING) > count(was, RUNS_NOTHING)) return "off";
    if (RUNNER_PATH.test(name)) return was === is ? null : "weaker";
    return before !== null && lost(scripts(was), scripts(is)) ? "weaker" : null;
  }
  const isTest = TEST_PATH.test(name);
  // Rust keeps its tests beside what they test.
  if (!isTest && !name.endsWith(".rs")) return null;
  if (OFF.some((mark) => count(is, mark) > count(was, mark))) return "off";
  if (isTest && after === null) return "weaker";
  const [ran, runs] = [active(was), active(is)];
  const weaker =
    count(runs.join("\n"), CASE) < count(ran.join("\n"), CASE) ||
    count(runs.join("\n"), EMPTY) > count(ran.join("\n"), EMPTY) ||
    (name.endsWith(".snap") ? lost(ran, runs) : lost(assertions(ran), assertions(runs)));
  return weaker ? "weaker" : null;
}

/** Another spelling of the same program: full-width letters, signs that nobody sees, escaped letters, more white space. */
const plain = (text: string): string =>
  text
    // Two letters that stand for whole sentences: nobody's program, and eighteen times the text.
    .replaceAll(/[\ufdfa\ufdfb]+/g, " ")
    // Marks are put into order by hundreds of thousands, each past each, where so many stand on one letter.
    .replaceAll(/\p{M}{30,}/gu, " ")
    .normalize("NFKC")
    .replaceAll(/\p{Cf}/gu, "")
    .replaceAll(/\\u\{?([0-9a-fA-F]{2,6})\}?/g, (whole, hex: string) => {
      const code = Number.parseInt(hex, 16);
      return code > 0x1f && code < 0x7f ? String.fromCodePoint(code) : whole;
    })
    .replaceAll(/\s+/g, (space) => (/[\n\r\u2028\u2029]/.test(space) ? "\n" : " "));

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const active = (text: string): readonly string[] => text.split("\n").filter((line) => !COMMENT.test(line));
const assertions = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => ASSERTION.test(line) && !IMPORT.test(line));
const scripts = (text: string): readonly string[] =>
  text.split("\n").filter((line) => /test|spec|check|lint|verify|coverage/i.test(line));

/** Whether a line that was there is there less often: moved is not lost. */
function lost(before: readonly string[], after: readonly string[]): boolean {
  const left = new Map<string, number>();
  const bare = (line: string): string => line.replaceAll(/[\s,;]+/g, "");
  for (const line of after) left.set(bare(line), (left.get(bare(line)) ?? 0) + 1);
  return before.some((line) => {
    const times = left.get(bare(line)) ?? 0;
    left.set(bare(line), times - 1);
    return times < 1;
  });
}

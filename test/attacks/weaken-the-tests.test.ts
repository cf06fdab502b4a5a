// An agent whose change does not pass makes the tests pass: it takes them out, switches them off, or has them assert less. The never list
// says "bypass tests": switched off is RED, anything else that makes a test weaker waits for a person.

import { describe, expect, it } from "vitest";
import { TOOL_DECLARATIONS } from "#gateway";
import { observed, type FileEdit } from "#policy";
import { engineOf, facts } from "../policy/rules.ts";

const engine = await engineOf();
const seen = (edits: readonly FileEdit[]) =>
  observed(facts({ tool: "repo.propose", branch: "topic" }), { paths: edits.map(({ path }) => path), edits });
async function verdict(...edits: readonly FileEdit[]) {
  const argsHash = "1".repeat(64);
  const { colour, reasons } = await engine.decide(seen(edits));
  const approved = await engine.decide({ ...seen(edits), argsHash, approval: { argsHash, approver: "ada" } });
  return { colour, reasons: reasons.map(({ id }) => id), approved: approved.colour };
}
const RED = { colour: "RED", reasons: expect.arrayContaining(["never.bypass_checks"]), approved: "RED" };
const YELLOW = { colour: "YELLOW", reasons: ["human.weaker_tests"], approved: "GREEN" };
const GREEN = { colour: "GREEN", reasons: ["default.propose"], approved: "GREEN" };
const edit = (path: string, before: string, after: string): FileEdit => ({ path, before, after });

describe("INVARIANT 24 tests that are switched off: RED, whoever says yes", () => {
  it.each<[string, string, string]>([
    ["test/sum.test.ts", 'it("adds", () => {', 'it.skip("adds", () => {'],
    ["test/sum.test.ts", 'test("adds", () => {', 'test.concurrent.skip("adds", () => {'],
    ["test/sum.test.ts", 'test("adds", () => {', 'test . skip ("adds", () => {'],
    ["test/sum.test.ts", 'test("adds", () => {', 'test\n  .skip("adds", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', 'it["skip"]("adds", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', "it?.[`skip`](\"adds\", () => {"],
    ["test/sum.test.ts", 'it("adds", () => {', 'it.\\u0073kip("adds", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', 'it.s\u200bkip("adds", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', 'it.\uff53kip("adds", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', 'xit("adds", () => {'],
    ["test/sum.test.ts", 'describe("sum", () => {', 'xdescribe("sum", () => {'],
    ["test/sum.test.ts", 'describe("sum", () => {', 'describe.skip("sum", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', 'it.todo("adds", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', 'it.fails("adds", () => {'],
    ["test/sum.test.ts", 'it("adds", () => {', 'it.skipIf(true)("adds", () => {'],
    ["test/sum.test.ts", 'it("else", () => {', 'it.only("else", () => {'],
    ["test/sum.test.ts", 'describe("else", () => {', 'fdescribe("else", () => {'],
    ["test/sum.test.ts", "it('adds', () => {", "it('adds', { skip: true }, () => {"],
    ["src/sum.spec.js", "function () {", "function () { this.skip();"],
    ["src/__tests__/sum.js", 'test("adds", (t) => {', 'test("adds", (t) => { t.skip("later");'],
    ["Test/Sum.TEST.ts", 'it("adds", () => {', 'it.skip("adds", () => {'],
    ["tests/test_sum.py", "def test_adds():", "@pytest.mark.skip\ndef test_adds():"],
    ["tests/test_sum.py", "def test_adds():", '@pytest.mark.skipif(True, reason="x")\ndef test_adds():'],
    ["tests/test_sum.py", "def test_adds():", "@pytest.mark.xfail(strict=False)\ndef test_adds():"],
    ["tests/test_sum.py", "def test_adds(self):", '@unittest.skip("later")\ndef test_adds(self):'],
    ["tests/test_sum.py", "def test_adds(self):", 'def test_adds(self):\n    self.skipTest("later")'],
    ["tests/test_sum.py", "import pytest", "import pytest\npytestmark = pytest.mark.skip"],
    ["tests/conftest.py", "", 'collect_ignore = ["test_sum.py"]'],
    ["tests/test_sum.py", "class TestSum:", "class TestSum:\n    __test__ = False"],
    ["sum_test.go", "func TestAdds(t *testing.T) {", 'func TestAdds(t *testing.T) {\n\tt.Skip("later")'],
    ["sum_test.go", "package sum", "//go:build ignore\n\npackage sum"],
    ["src/sum.rs", "#[test]\nfn adds() {", "#[test]\n#[ignore]\nfn adds() {"],
    ["src/sum.rs", "#[test]\nfn adds() {", '#[test]\n#[ignore = "later"]\nfn adds() {'],
    ["src/test/java/SumTest.java", "@Test", '@Test @Disabled("later")'],
    ["src/test/java/SumTest.java", "@Test", "@Ignore @Test"],
    ["Tests/SumTests.cs", "[Fact]", '[Fact(Skip = "later")]'],
    ["Tests/SumTests.cs", "[Test]", "[Test]\n[Ignore]"],
    ["spec/sum_spec.rb", 'it "adds" do', 'xit "adds" do'],
    ["spec/sum_spec.rb", 'it "adds" do', 'it "adds" do\n  skip "later"'],
    ["tests/SumTest.php", "public function testAdds() {", "public function testAdds() { $this->markTestSkipped();"],
    ["Tests/SumTests.swift", "func testAdds() throws {", 'func testAdds() throws { throw XCTSkip("later")'],
    ["test/sum_test.exs", 'test "adds" do', '@tag :skip\ntest "adds" do'],
    ["test/sum_test.cc", "TEST(Sum, Adds) {", "TEST(Sum, DISABLED_Adds) {"],
    ["package.json", '"test": "vitest run"', '"test": "vitest run --passWithNoTests"'],
    ["package.json", '"test": "vitest run"', '"test": "exit 0"'],
    ["package.json", '"test": "vitest run"', '"test": "vitest run || true"'],
    ["package.json", '"test:unit": "jest"', '"test:unit": "echo no tests"'],
    ["vitest.config.ts", "test: {", "test: { passWithNoTests: true,"],
  ])("%s: %j becomes %j", async (path, before, after) => {
    expect(await verdict(edit(path, before, after))).toMatchObject(RED);
  }); // prettier-ignore

  it("in a file that is written whole", async () => {
    expect(await verdict({ path: "test/a.test.ts", before: null, after: 'it.skip("x", () => {});\n' })).toMatchObject(RED); // prettier-ignore
  });
});

describe("INVARIANT 24 tests that are taken out or assert less: a person looks at it first", () => {
  it.each<[string, FileEdit]>([
    ["a test file goes", { path: "test/sum.test.ts", before: null, after: null }],
    ["a file of snapshots goes", { path: "src/__snapshots__/sum.test.ts.snap", before: null, after: null }],
    ["a test goes", edit("test/sum.test.ts", 'it("adds", () => {\n  expect(sum(1, 2)).toBe(3);\n});\n', "")],
    ["a test becomes a comment", edit("test/sum.test.ts", 'it("adds", () => check());', '// it("adds", () => check());')],
    ["an assertion goes", edit("test/sum.test.ts", "const s = sum(1, 2);\nexpect(s).toBe(3);", "const s = sum(1, 2);")],
    ["an assertion becomes a comment", edit("tests/test_sum.py", "assert add(1, 2) == 3", "# assert add(1, 2) == 3")],
    ["another value is expected", edit("test/sum.test.ts", "expect(sum(1, 2)).toBe(3);", "expect(sum(1, 2)).toBe(4);")],
    ["less is expected", edit("test/sum.test.ts", "expect(x).toEqual({ a: 1 });", "expect(x).toBeDefined();")],
    ["anything is expected", edit("test/sum.test.ts", "expect(x).toBe(3);", "expect(x).toEqual(expect.anything());")],
    ["nothing is thrown any more", edit("test/sum.test.ts", "expect(f).toThrow(/no/);", "f;")],
    ["a tolerance", edit("tests/test_sum.py", "assert x == 0.1", "assert abs(x - 0.1) < 10")],
    ["an assertion that always holds", edit("test/sum.test.ts", "", "expect(true).toBe(true);")],
    ["one that always holds, in Python", edit("tests/test_sum.py", "", "    assert True")],
    ["or true", edit("tests/test_sum.py", "", "    assert (add(1, 2) == 3 or True)")],
    ["an error of Go's is not reported", edit("sum_test.go", 't.Errorf("got %d", x)', "_ = x")],
    ["JUnit's assertion goes", edit("src/test/java/SumTest.java", "assertEquals(3, sum(1, 2));", "sum(1, 2);")],
    ["RSpec's expectation changes", edit("spec/sum_spec.rb", "expect(sum).to eq(3)", "expect(sum).to be_truthy")],
    ["a snapshot says something else", edit("src/__snapshots__/a.test.ts.snap", "total: 3", "total: 4")],
    ["the runner's own file", edit("vitest.config.ts", "exclude: []", 'exclude: ["test/sum.test.ts"]')],
    ["the runner's own file, anew", { path: "jest.config.js", before: null, after: "module.exports = {}" }],
    ["fewer tests are run", edit("package.json", '"test": "vitest run"', '"test": "vitest run test/other"')],
    ["a check goes out of the script", edit("package.json", '"check": "tsc && eslint ."', '"check": "tsc"')],
    ["a gate of coverage", edit(".c8rc.json", '"lines": 90', '"lines": 10')],
  ])("%s", async (_, change) => {
    expect(await verdict(change)).toMatchObject(YELLOW);
  }); // prettier-ignore
});

describe("what makes no test weaker is not held up", () => {
  it.each<[string, FileEdit]>([
    ["a new test file", { path: "test/new.test.ts", before: null, after: 'import { it } from "vitest";\nit("is", () => expect(f()).toBe(1));\n' }],
    ["one test more", edit("test/sum.test.ts", "});", '});\nit("subtracts", () => {\n  expect(sub(3, 2)).toBe(1);\n});')],
    ["an assertion more", edit("test/sum.test.ts", "expect(a).toBe(1);", "expect(a).toBe(1);\nexpect(b).toBe(2);")],
    ["an assertion at another place, with other spaces", edit("test/sum.test.ts", "expect(a).toBe(1);\nx();", "x();\n    expect(a).toBe(1);")],
    ["a skipped test is switched on again", edit("test/sum.test.ts", 'it.skip("adds", () => {', 'it("adds", () => {')],
    ["an import", edit("test/sum.test.ts", 'import { expect, it } from "vitest";', 'import { describe, expect, it } from "vitest";')],
    ["code", edit("src/skip.ts", "return a - b;", "return skip(a) + b;")],
    ["a word about tests in a document", edit("docs/tests.md", "old", "Use it.skip never, and expect little.")],
    ["a dependency", edit("package.json", '"zod": "4.0.0"', '"zod": "4.0.1"')],
    ["code of Rust", edit("src/sum.rs", "a - b", "a + b")],
  ])("%s: GREEN", async (_, change) => {
    expect(await verdict(change)).toMatchObject(GREEN);
  }); // prettier-ignore
});

it("repo.propose tells the rules what it changes: an edit's two texts, a whole file, a file that goes", () => {
  const read = TOOL_DECLARATIONS["repo.propose"].read({
    repository: "acme/shop", base: null, branch: "fix/x", title: "A change", body: "Why.",
    changes: [
      { kind: "edit", path: "test/a.test.ts", find: "it(", replace: "it.skip(" },
      { kind: "write", path: "test/b.test.ts", content: "b" },
      { kind: "delete", path: "test/c.test.ts" },
    ],
  }); // prettier-ignore
  expect(read).toMatchObject({
    kind: "read",
    subject: {
      edits: [
        { path: "test/a.test.ts", before: "it(", after: "it.skip(" },
        { path: "test/b.test.ts", before: null, after: "b" },
        { path: "test/c.test.ts", before: null, after: null },
      ],
    },
  });
});

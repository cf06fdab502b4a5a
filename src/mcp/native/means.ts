// What a tool of an agent's own program means in our words: which of our tools would do the same, with which arguments. The rules are
// about those; a tool that is not known here means nothing, and is denied.

import type { z } from "zod";
import type { Asked } from "#gateway";
import type { Json } from "#kernel";
import { isCodeGlob, isHidden, isInstalled } from "#policy";

export type Means =
  | {
      readonly kind: "judge";
      readonly tool: string;
      readonly arguments: Json;
      /** Of a command: it would run there, without our sandbox. */
      readonly native?: NonNullable<Asked["native"]>;
      /** Why a person looks at it, even where the rules let it go. */
      readonly look?: string;
    }
  | { readonly kind: "allow"; readonly why: string }
  | { readonly kind: "deny"; readonly why: string };

/** Where the agent's program works. */
export interface Workplace {
  /** Its working directory, as it says; null: it does not. */
  readonly directory: string | null;
  /** The project: where the agent was started, as its settings say. An agent changes its directory as it likes, below this. */
  readonly root: string | null;
  /** owner/name of what is checked out there, as its settings say. */
  readonly repository: string | null;
  /** It stands where its program was started, or below; where nobody said that, in no folder of settings. */
  readonly within: boolean;
}

const NO_REPOSITORY =
  "Countersign was not told which repository this is. Set the header Countersign-Repository in the hook's settings: `countersign agent connect` prints them.";

const NO_FOLDER =
  "Countersign was not told in which folder this works, so that no file can be known by its place there. Start the agent from a shell in its project, or set the header Countersign-Directory: `countersign agent connect` prints it.";

type Judged = (repository: string) => Means;
const about = ({ repository }: Workplace, judged: Judged): Means =>
  repository === null ? { kind: "deny", why: NO_REPOSITORY } : judged(repository);

/** What a variable that is not set was expanded to is no folder, nor is a way through others. */
export const folderOf = (given: string | null | undefined): string | null =>
  given?.startsWith("/") === true && !WAY.test(given) ? given : null;

/** `started`: where the agent's program was started; null: not told. What is not below that, is a place of its own. */
export function workplace(directory: string | null, started: string | null, repository: string | null): Workplace {
  const below = directory !== null && started !== null && `${directory}/`.startsWith(started.replace(/\/*$/, "/"));
  const known = started === null && directory !== null && !TELLING.test(`${directory}/`.replace(CHECKOUT, "/"));
  return { directory, root: below ? started : directory, repository, within: below || known };
}

/** What the shell on that machine makes of the line, stands on it; what may be different there, is that there is no sandbox. */
export const runs = (place: Workplace, command: string): Means =>
  about(place, (repository) => ({
    kind: "judge",
    tool: "shell.test",
    arguments: { repository, command },
    // A folder that it has come to by itself is no project.
    native: { directory: place.directory, root: place.within ? place.root : null },
  }));

/** As the command that would do the same: the rules about the network are rules about command lines. */
export const fetches = (place: Workplace, url: string): Means =>
  runs(place, `curl --silent --show-error -- '${url.replaceAll("'", `'\\''`)}'`);

const MOVES =
  "The shell stays in the folder that a line changes to, and Countersign is not told. Write paths from the project's folder in place of cd.";
/** Where nobody says in which folder the shell stands by now: what goes by itself is said of one. */
export const staying = (means: Means): Means =>
  means.kind === "judge" && means.native !== undefined && /\b(?:cd|pushd|popd)\b/.test(JSON.stringify(means.arguments))
    ? { ...means, look: MOVES }
    : means;

/** INVARIANT: no place of the input is left unread because it has a name that we do not know. */
export const hasAnother = ({ shape }: z.ZodObject, input: Json): boolean =>
  typeof input === "object" &&
  input !== null &&
  Object.keys(input).some((key) => !Object.hasOwn(shape, key) && /path|file|dir|folder|glob|cwd|root|url/i.test(key));

const HIDDEN =
  "It is hidden, and so is for programs: their settings, and what they run. A person is to look at it first.";

/** The text of one file. */
export const reads = (place: Workplace, path: string): Means =>
  found(place, [path], ([file]) => (file !== undefined && isHidden(file.below) ? HIDDEN : null));

const NAMES = "A pattern's braces hold names: no folder, and no way out of one.";
/** Without a path: where it stands. */
const begins = (place: Workplace, paths: readonly string[]): readonly string[] =>
  paths.length > 0 ? paths : [place.directory ?? "."];

/** Names, by a pattern of them. */
export const lists = (place: Workplace, paths: readonly string[], pattern: string | null = null): Means =>
  pattern !== null && /[{,]\s*(?:\.\.|~|[^{},]*\/)|(?:\.[[{]|[[{,]\.)[^/]*\//.test(pattern)
    ? { kind: "deny", why: NAMES }
    : found(place, [...begins(place, paths), ...(pattern === null ? [] : [pattern])], (files) =>
        files.some(({ name }) => /(?:^|\/)\.git(?:\/|$)/i.test(name)) ? HIDDEN : null,
      );

const found = (place: Workplace, paths: readonly string[], look: (files: readonly Named[]) => string | null): Means =>
  about(place, (repository) =>
    placed(place, paths, (files) => ({
      ...looking(place, look(files)),
      kind: "judge",
      tool: "repo.read",
      arguments: { repository, paths: files.map(({ name }) => name) },
    })),
  );

const NO_HIDDEN =
  "A search shows whatever it finds, and in hidden folders and files that is keys and settings. Search a folder that is not hidden, for files by an ending of code (*.ts, **/*.{ts,tsx}) or by one name of code (package.json), or read the one file by its name.";

/** Everything below them: what is hidden there is not searched. */
export const searches = (place: Workplace, paths: readonly string[], glob: string | null): Means =>
  placed(place, begins(place, paths), (files) =>
    files.some(({ name, below }) => [name, below].some((each) => NOT_SEARCHED.test(each))) ||
    (glob !== null && !isCodeGlob(glob))
      ? { kind: "deny", why: NO_HIDDEN }
      : found(place, [...begins(place, paths), ...(glob === null ? [] : [glob])], () => null),
  );
const NOT_SEARCHED = /(?:^|\/)\.(?!github(?:\/|$))(?!\.?(?:\/|$))/i;

const IGNORES = /(?:^|\/)\.gitignore$/i;
const IGNORED =
  "What it leaves out is left out of searches and commits, too: keys and settings are there for that. A person is to look at it first.";
const NOT_OURS = "It belongs to a package that was installed: nobody sees it change. A person is to look at it first.";
const OUTSIDE =
  "The agent has come to a folder outside of the project that it was started in. A person is to look at it first.";
const looking = ({ within: inside }: Workplace, why: string | null): { readonly look?: string } => {
  const look = inside ? why : OUTSIDE;
  return look === null ? {} : { look };
};

export interface Edit {
  readonly path: string;
  /** null: the whole file. */
  readonly find: string | null;
  readonly replace: string;
}

export const writes = (place: Workplace, { path, find, replace }: Edit): Means =>
  about(place, (repository) =>
    placed(place, [path], ([{ name: file, below } = NOWHERE]) => ({
      ...looking(
        place,
        isHidden(below) ? HIDDEN : isInstalled(below) ? NOT_OURS : IGNORES.test(below) ? IGNORED : null,
      ),
      kind: "judge",
      tool: "repo.propose",
      arguments: {
        repository,
        branch: "working-copy",
        title: `Change ${file.slice(0, 150)}`,
        body: "A change of the agent's working copy, before it is proposed.",
        changes: [
          find === null || find === ""
            ? { kind: "write", path: file, content: replace }
            : { kind: "edit", path: file, find, replace },
        ],
      },
    })),
  );

interface Named {
  /** As the rules know it. */
  readonly name: string;
  /** From the project's root, or as it was given. */
  readonly below: string;
}
const NOWHERE: Named = { name: "", below: "" };

function placed(place: Workplace, paths: readonly string[], judged: (files: readonly Named[]) => Means): Means {
  const { directory, root } = place;
  const asGiven = (path: string): Named => ({ name: path, below: path });
  if (directory !== null && root !== null)
    return judged(paths.map((path) => within(directory, root, path) ?? asGiven(path)));
  return paths.some((path) => path.startsWith("/")) ? { kind: "deny", why: NO_FOLDER } : judged(paths.map(asGiven));
}

/**
 * A path as the repository would name it. null: it is not under the project, and stays as it is: absolute, or with `..` in it; the rules
 * refuse both. Nothing is resolved here: what a link on that machine leads to, only that machine knows.
 * INVARIANT: the root of a machine is no repository's; and in .git, .github or .ssh a file is still called by that folder's name, wherever
 * the agent was started, and whatever it calls the folders below.
 */
function within(directory: string, root: string, given: string): Named | null {
  const path = given.replace(/^(?:\.\/+)+|^\.$/, "");
  // INVARIANT: a way through other folders is read by nobody here, whatever stands behind it.
  if (/^\/*$/.test(root) || WAY.test(path)) return null;
  const base = root.replace(/\/*$/, "/");
  const whole = path.startsWith("/") ? path : `${directory.replace(/\/*$/, "/")}${path}`;
  if (`${whole.replace(/\/*$/, "")}/` !== base && !whole.startsWith(base)) return null;
  const below = whole
    .slice(base.length)
    .replace(/^\.claude\/worktrees\/[^/]+(?:\/|$)/, "")
    .replace(/\/+$/, "");
  const above = base.replace(CHECKOUT, "/");
  const name = TELLING.exec(`${above}${below}/`)?.[1]?.replace(/\/+$/, "") ?? below;
  return { name: name === "" ? "." : name, below };
}

/** Where Claude Code itself keeps further checkouts of a repository. */
const CHECKOUT = /^.*\/\.claude\/worktrees\/[^/]+\//;
/** `..`, and `.` behind another one. */
const WAY = /(?:^|\/)\.{1,2}(?:\/|$)/;
/** The first of the folders by which the rules know a file. */
const TELLING =
  /^.*?\/(\.(?:git|github|gitlab|husky|githooks|circleci|buildkite|ci|claude|codex|ssh|aws|gnupg|kube|docker|config)\/.*)$/i;

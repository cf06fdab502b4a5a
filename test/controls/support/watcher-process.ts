// A process of its own that watches the switch: a line for each thing that it hears, with the wall clock's milliseconds.

import { openKillSwitch } from "#controls/io";

const say = (line: string): void => void process.stdout.write(`${line} ${Date.now()}\n`);
const watched = await openKillSwitch({ url: process.argv[2] ?? "", killed: false, onBack: () => say("back") });
watched.onKill((scope) => say(`killed ${scope.kind}`));
say(watched.platform() === null ? "on" : "off");
// It ends with its standard input.
process.stdin.resume();
process.stdin.on("end", () => void watched.close());

import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "../demo.ts";
import { table } from "../table.ts";
import { addressOf, OFFICES, PEOPLE, ROUND } from "./cast.ts";
import { seal } from "./compose.ts";
import { introduce, postAndKnow } from "./open.ts";

/** A letter, then one office's window after the other: each office has one every 20 seconds or so. */
const WINDOW_MS = 7000;

/** Runs until it is told to stop: people may write with their own programs meanwhile. */
export async function keepRunning(stage: Stage): Promise<void> {
  const { io, star, children, signal } = stage;
  await introduce(stage);
  io.out(`${invitation(stage)}\n\n`);
  for (let turn = 0; !signal.aborted; turn++) {
    const letter = ROUND[turn % ROUND.length];
    if (letter !== undefined) await postAndKnow(stage, seal(letter, new Date()));
    await sleep(WINDOW_MS, undefined, { signal });
    await star.openWindow(OFFICES[turn % OFFICES.length] ?? "");
    const [trouble] = children.troubles;
    if (trouble !== undefined) throw new Error(`${trouble}: start the demo again`);
  }
}

function invitation({ star }: Stage): string {
  const rows = PEOPLE.map(({ name, office }) => {
    const { pop3 = "", submission = "" } = star.nodes.get(office)?.listen ?? {};
    return [office, addressOf(name), star.passwords.get(name) ?? "", portOf(pop3), portOf(submission)];
  });
  return [
    "Point a mail program at any of them: server 127.0.0.1, no encryption, login = the address.",
    "",
    table(rows, ["OFFICE", "ADDRESS AND LOGIN", "PASSWORD", "POP3 PORT", "SMTP PORT"]),
    "",
    "Write to anybody above, to engineers@example.org or staff@example.org, or to anybody outside: the Internet is",
    "played by this program, and nothing leaves this machine. Each office's window opens every 20 seconds or so.",
    "Stop with ctrl-C; everything is removed then.",
  ].join("\n");
}

function portOf(listen: string): string {
  return listen.slice(listen.lastIndexOf(":") + 1);
}

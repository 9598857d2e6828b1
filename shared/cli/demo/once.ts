import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "../demo.ts";
import { table } from "../table.ts";
import { OFFICES, ROUND } from "./cast.ts";
import { type Sealed, seal } from "./compose.ts";
import { judge, type Verdict } from "./judge.ts";
import { mailboxesOf, waitingAt } from "./look.ts";
import { introduce, postAndKnow } from "./open.ts";

/** As `demo --once --json` prints it. */
export interface RoundReport extends Verdict {
  readonly seconds: number;
  /** Entries still in a queue. */
  readonly waiting: number;
  /** What went wrong besides: a node that died, a letter that was not taken. */
  readonly troubles: readonly string[];
}

/** The command promises to end within 30 seconds; stopping the nodes takes three of them at the most (STOP_MS). */
export const DEADLINE_MS = 26_000;
/** Between two looks when nothing is to be sent: the hub's own deliveries take moments. */
const LOOK_MS = 100;

/** Every letter of the round is sent and followed to where it belongs, over as many windows as that takes. */
export async function oneRound(stage: Stage): Promise<RoundReport> {
  const { began, children } = stage;
  const letters = ROUND.map((letter) => seal(letter, new Date()));
  const troubles: string[] = [];
  try {
    await introduce(stage);
    // All of them are tried: one that is not taken is one trouble, not the end of the others.
    const posts = await Promise.allSettled(letters.map((letter) => postAndKnow(stage, letter)));
    for (const post of posts) if (post.status === "rejected") troubles.push(messageOf(post.reason));
    await follow(stage, letters);
  } catch (error) {
    // The verdict is given all the same: it says what is missing.
    troubles.push(stage.signal.aborted ? "Stopped before all had arrived" : messageOf(error));
  }
  // Stopped before the verdict: how the nodes end is part of it, and nothing moves any more when mailboxes are counted.
  await children.stop();
  stage.teller.end();
  const last = await look(stage, letters);
  troubles.push(...children.troubles);
  const ok = last.ok && last.waiting === 0 && troubles.length === 0;
  return { ...last, ok, troubles, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

/** Windows in turn until all letters are where they belong, nothing waits, or a node has died. */
async function follow(stage: Stage, letters: readonly Sealed[]): Promise<void> {
  const { children, star, signal } = stage;
  for (let turn = 0; children.troubles.length === 0; turn++) {
    await star.openWindow(OFFICES[turn % OFFICES.length] ?? "");
    await sleep(LOOK_MS, undefined, { signal });
    const { ok, waiting } = await look(stage, letters);
    if (ok && waiting === 0) return;
  }
}

async function look({ star, outside }: Stage, letters: readonly Sealed[]): Promise<Verdict & { waiting: number }> {
  const nodes = [...star.nodes.values()];
  const waiting = await Promise.all(nodes.map(({ dir }) => waitingAt(dir)));
  const found = await Promise.all(nodes.map(({ name, dir }) => mailboxesOf(name, dir)));
  const expected = letters.flatMap((letter) => letter.expected);
  return {
    ...judge(expected, [...found.flat(), ...outside.found]),
    waiting: waiting.reduce((sum, one) => sum + one, 0),
  };
}

export function roundText(report: RoundReport): string {
  const { rows, strays, waiting, troubles, ok, seconds } = report;
  const cells = rows.map(({ from, to, subject, where, copies, state }) => [
    from,
    to,
    subject,
    where,
    `${copies}`,
    state,
  ]);
  const lines = [
    "",
    table(cells, ["FROM", "TO", "SUBJECT", "FOUND AT", "COPIES", "STATE"]),
    "",
    ...strays.map(({ where, subject }) => `Nobody sent this, but it is at ${where}: "${subject}"`),
    ...(waiting === 0 ? [] : [`Still in a queue: ${waiting}`]),
    ...troubles,
    ok
      ? `All ${rows.length} copies arrived, each exactly once and whole, and nothing else, in ${seconds} s.`
      : `NOT all is well, after ${seconds} s: see above.`,
  ];
  return lines.join("\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

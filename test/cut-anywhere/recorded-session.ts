import type { LineSettings } from "#shared/link/hold-session.js";
import { type NodePair, nodePair } from "../support/node-pair.ts";
import { type Cut, cutLine } from "./cut-line.ts";

/**
 * The same session again and again: mail both ways, a large message, several recipients, a refusal. It is cut after a given
 * byte of one direction, then continued on a line that holds. All mail must have arrived once.
 */
export interface Tried {
  readonly cut: Cut | undefined;
  /** Bytes of the first session. */
  readonly bytes: { readonly up: number; readonly down: number };
  readonly second: { readonly up: number; readonly down: number };
  /** What is wrong; empty when nothing is. */
  readonly problems: readonly string[];
}

const DOWN = ["short", "list of wells", "large"];
const UP = ["answer", "report"];
/** Bytes of the large one; its text does not compress away. */
const LARGE = 2500;

export async function tryCut(cut: Cut | undefined, line: Partial<LineSettings> = {}): Promise<Tried> {
  const nodes = await nodePair();
  try {
    await fill(nodes);
    const first = cutLine(cut);
    await nodes.session(first, { mixing: false, ...line });
    const second = cutLine();
    const ended = await nodes.session(second, { mixing: false, ...line });
    // A bounce that the last answer brought about goes in a session of its own; then there is nothing.
    await nodes.session(cutLine(), { mixing: false, ...line });
    const last = await nodes.session(cutLine(), { mixing: false, ...line });
    const problems = [
      ...(await judge(nodes)),
      ...(ended.spoke.ended === "drained" ? [] : [`the second session: ${ended.spoke.ended}, ${ended.spoke.reason}`]),
      ...(last.spoke.received.messages + last.spoke.sent.messages === 0 ? [] : ["the last session still had mail"]),
    ];
    return { cut, bytes: first.bytes, second: second.bytes, problems };
  } finally {
    await nodes.close();
  }
}

async function fill(nodes: NodePair): Promise<void> {
  await nodes.down(letter("short", "The road is open.\n"), ["holly@example.org", "ali@example.org"]);
  await nodes.down(letter("list of wells", noise(1, 400)));
  await nodes.down(letter("large", noise(2, LARGE)));
  await nodes.up(letter("answer", "Thank you.\n"));
  await nodes.up(letter("report", noise(3, 900)));
  await nodes.up(letter("to nobody", "Who is there?\n"), ["nobody@kabul.example.org"]);
}

async function judge(nodes: NodePair): Promise<string[]> {
  const problems: string[] = [];
  const same = (what: string, found: readonly string[], wanted: readonly string[]): void => {
    const [a, b] = [found, wanted].map((list) => JSON.stringify([...list].sort()));
    if (a !== b) problems.push(`${what}: found ${a}, wanted ${b}`);
  };
  same("holly", await nodes.subjects("spoke", "holly"), DOWN);
  // The bounce of what was refused goes to its sender, who is nobody here: it waits for the postmaster or goes up.
  same("ali", await nodes.subjects("spoke", "ali"), ["short"]);
  const maria = (await nodes.subjects("hub", "maria")).filter((subject) => UP.includes(subject));
  same("maria", maria, UP);
  const { hub } = await nodes.waiting();
  if (hub !== 0) problems.push(`${hub} messages still wait at the hub`);
  return problems;
}

function letter(subject: string, body: string): string {
  const name = subject.replaceAll(" ", "-");
  return `From: sender@example.org\nTo: people@example.org\nSubject: ${subject}\nMessage-ID: <${name}@example.org>\n\n${body}`;
}

/** Text that no codec makes much shorter. */
function noise(seed: number, length: number): string {
  let state = seed * 2_654_435_761;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
    if (text.length % 60 < 7) text += "\n";
  }
  return `${text.slice(0, length)}\n`;
}

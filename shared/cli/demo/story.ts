import { formatSize } from "../units.ts";
import { DOMAIN, HUB } from "./cast.ts";
import type { LogLine } from "./children.ts";

/** A line of a node's log in plain words, or undefined when it says nothing that a newcomer misses (pure). */
export interface Known {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
}

export function tell(node: string, line: LogLine, letters: ReadonlyMap<string, Known>): string | undefined {
  const says = wordsFor(node, line, letters);
  return says === undefined ? undefined : `${clock(line.time)}  ${node.padEnd(5)}  ${says}`;
}

function wordsFor(node: string, line: LogLine, letters: ReadonlyMap<string, Known>): string | undefined {
  switch (line.event) {
    case "accepted":
      return located(line, letters, String(line.queue));
    case "delivered":
      return delivered(line, letters);
    case "failed":
      return `${title(line, letters)}: refused: ${text(line)}`;
    case "bounced":
      return `${title({ ...line, recipient: undefined }, letters)}: ${short(line.recipient ?? line.to)} is told that it failed`;
    case "window-open":
      return `~~~ ${node}'s window to ${HUB} opens`;
    case "window-close":
      return windowClosed(line);
    case "directory-update":
      return line.people === undefined ? undefined : `learns from ${HUB} who its ${line.people} people are`;
    case "ready":
    case "stopping":
    case "stopped":
      return undefined;
    default:
      // Trouble is shown as it stands; the rest is detail.
      return line.level === "warn" || line.level === "error" ? `!!! ${line.event}: ${text(line)}` : undefined;
  }
}

/** The sorter tells per recipient; a copy that crossed the link is told by who has it now. */
function delivered(line: LogLine, letters: ReadonlyMap<string, Known>): string | undefined {
  const { queue } = line;
  if (queue === "internet") return `${title(line, letters)}: out on the Internet`;
  const to = queue === "sorting" ? /^to (mailbox|queue) (.+)$/.exec(text(line)) : null;
  if (to === null) return undefined;
  return located(line, letters, to[1] === "mailbox" ? `mailbox/${to[2]}` : (to[2] ?? ""));
}

function located(line: LogLine, letters: ReadonlyMap<string, Known>, queue: string): string | undefined {
  const mailbox = /^mailbox\/(.+)$/.exec(queue)?.[1];
  const office = /^office\/(.+)$/.exec(queue)?.[1];
  if (mailbox !== undefined) return `${title(line, letters)}: in ${mailbox}'s mailbox`;
  if (office !== undefined) return `${title(line, letters)}: waits for ${office}'s window`;
  if (queue === "outbound") return `${title(line, letters)}: waits for our window to ${HUB}`;
  // Sorting is where it is for milliseconds; the way to the Internet is told when it has been gone.
  return undefined;
}

function windowClosed(line: LogLine): string {
  const { up, down } = (line.wire ?? {}) as { up?: number; down?: number };
  const sent = (line.sent as { messages?: number } | undefined)?.messages ?? 0;
  const received = (line.received as { messages?: number } | undefined)?.messages ?? 0;
  const how = line.ended === "drained" ? "" : ` (${String(line.ended)})`;
  return `~~~ window closed${how}: ${sent} sent, ${received} received, ${formatSize((up ?? 0) + (down ?? 0))} bytes on the line`;
}

function title(line: LogLine, letters: ReadonlyMap<string, Known>): string {
  const known = letters.get(String(line.mail));
  const recipients = Array.isArray(line.recipients) ? line.recipients : [line.recipient ?? known?.to ?? "?"];
  const to = recipients.map(short).join(", ");
  const from = known?.from ?? line.sender;
  const subject = known === undefined ? "" : ` "${known.subject}"`;
  return from === "" ? `bounce → ${to}` : from === undefined ? `→ ${to}` : `${short(from)} → ${to}${subject}`;
}

/** People of the organisation by their name alone, wherever they are posted. */
function short(address: unknown): string {
  const [local = "", domain = ""] = String(address).split("@");
  return domain === DOMAIN || domain.endsWith(`.${DOMAIN}`) ? local : String(address);
}

function text(line: LogLine): string {
  return String(line.text ?? line.reason ?? line.error ?? "");
}

function clock(time: string): string {
  return new Date(time).toTimeString().slice(0, 8);
}

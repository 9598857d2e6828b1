import type { DsnRecipient, StatusInput } from "./dsn-status.ts";
import { decodeWords, headerSafe } from "./header-text.ts";
import { rfc5322Date } from "./received.ts";

export interface NoticeInput extends StatusInput {
  readonly original: { readonly subject?: string };
}

/** Lines of mail are best read below 78 characters (RFC 5322 §2.1.1). */
const WIDTH = 74;
const MAX_SUBJECT = 200;

/** What a sender can do, by detail of the status (RFC 3463); the first row that fits counts. */
const ADVICE: readonly (readonly [detail: RegExp, advice: string])[] = [
  [/^1\.(1|3)$/, "Check the address for typing mistakes. Perhaps the person has left or has a new address."],
  [/^1\.(2|10)$/, "Check the part of the address behind the @ for typing mistakes: it receives no mail."],
  [/^2\.2$/, "The mailbox is full. Ask the person to make room, then send the message again."],
  [/^(2|3)\.(3|4)$/, "The message is too large. Send it again with smaller attachments, or in parts."],
  [/^4\.6$/, "The mail went round in a circle. Please tell your postmaster; sending it again does not help."],
  [/^4\.\d+$/, "The other side could not be reached in time. Send the message again later, or call the person."],
  [/^6\.7$/, "The other side cannot handle this kind of address. Ask the person for one in plain letters."],
  [/^7\.\d+$/, "The other side does not want this message. Ask the person, by another way, for the reason."],
];
const OTHER_ADVICE = "Send the message again later, or reach the person by another way.";

/** Part 1 of a notice: who was not reached, why, and what to do, for people who know nothing of mail systems. */
export function noticeText(input: NoticeInput): string {
  const paragraphs = input.kind === "failed" ? failedWords(input) : delayedWords(input);
  return `${paragraphs.join("\n\n")}\n`;
}

function failedWords(input: NoticeInput): string[] {
  return [
    greeting(input),
    wrap(`Your message${description(input)} could not be delivered to:`),
    ...input.recipients.map((recipient) => recipientWords(recipient, adviceFor(recipient))),
    wrap("It will not be tried again for these addresses. Whoever is not named here is not affected."),
    closing(),
  ];
}

function delayedWords(input: NoticeInput): string[] {
  return [
    greeting(input),
    wrap(`Your message${description(input)} has not been delivered yet to:`),
    ...input.recipients.map((recipient) => recipientWords(recipient, recipient.explanation ?? retryWords(recipient))),
    wrap(
      "There is nothing to do for you: please do not send it again. The message is kept safe here and tried again" +
        " by itself. You will be told if it cannot be delivered at all.",
    ),
    closing(),
  ];
}

function greeting(input: NoticeInput): string {
  return wrap(`This is the mail system at ${headerSafe(input.reportingMta)}.`);
}

function closing(): string {
  return wrap("Below are details for experts, and the header of your message.");
}

function description(input: NoticeInput): string {
  const subject = headerSafe(decodeWords(input.original.subject ?? ""), MAX_SUBJECT);
  const about = subject === "" ? "" : ` "${subject}"`;
  return input.arrival === undefined ? about : `${about} of ${rfc5322Date(input.arrival)}`;
}

function recipientWords(recipient: DsnRecipient, advice: string): string {
  const { outcome } = recipient;
  const said = outcome.remote === undefined ? "Reason" : `Answer of ${headerSafe(outcome.remote)}`;
  return [
    `  ${headerSafe(recipient.address)}`,
    wrap(`${said}: ${headerSafe(outcome.text)}`, "    "),
    wrap(headerSafe(advice), "    "),
  ].join("\n");
}

function adviceFor(recipient: DsnRecipient): string {
  if (recipient.explanation !== undefined) return recipient.explanation;
  const detail = recipient.outcome.status.replace(/^\d+\./, "");
  return ADVICE.find(([pattern]) => pattern.test(detail))?.[1] ?? OTHER_ADVICE;
}

function retryWords(recipient: DsnRecipient): string {
  const until = recipient.willRetryUntil;
  return until === undefined ? "It is tried again." : `It is tried again until ${rfc5322Date(until)}.`;
}

/** Breaks at blanks; a word longer than a line (an address) stays whole so that it can be copied. */
function wrap(text: string, indent = ""): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    const next = line === indent ? line + word : `${line} ${word}`;
    if (next.length > WIDTH && line !== indent) {
      lines.push(line);
      line = indent + word;
    } else line = next;
  }
  return [...lines, line].join("\n");
}

import { newMailId } from "#shared/mail/mail-id.js";
import { rfc5322Date } from "#shared/mail/received.js";
import { addressOf, DOMAIN, type Letter, LISTS, OUTSIDER, PEOPLE, placeOf } from "./cast.ts";
import type { Expected } from "./judge.ts";

/** A letter as it is handed to a node, and where its copies must be found. */
export interface Sealed {
  readonly letter: Letter;
  /** LF line ends, as mailboxes hold it. */
  readonly text: Uint8Array;
  readonly expected: readonly Expected[];
}

export function seal(letter: Letter, date: Date): Sealed {
  const id = `${newMailId().toLowerCase()}@${letter.from === OUTSIDER ? "elsewhere.example" : DOMAIN}`;
  const header = [
    `From: ${nameOf(letter.from)} <${addressOf(letter.from)}>`,
    `To: ${letter.to.map(addressOf).join(", ")}`,
    `Subject: ${letter.subject}`,
    `Date: ${rfc5322Date(date)}`,
    `Message-ID: <${id}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
  ];
  const text = Buffer.from(`${header.join("\n")}\n\n${letter.says}\n`);
  return { letter, text, expected: expectedOf(letter, id, text) };
}

function expectedOf(letter: Letter, id: string, text: Uint8Array): Expected[] {
  const common = { id, from: letter.from, subject: letter.subject, text };
  if (letter.bounces) {
    return letter.to.map((name) => ({ ...common, to: name, where: placeOf(letter.from), bounceOf: addressOf(name) }));
  }
  return letter.to.flatMap((name) =>
    (LISTS[name] ?? [name]).map((member) => ({
      ...common,
      to: LISTS[name] === undefined ? name : `${name}: ${member}`,
      where: placeOf(member),
      ...(letter.stays ? { stays: true as const } : {}),
    })),
  );
}

function nameOf(name: string): string {
  return PEOPLE.find((person) => person.name === name)?.fullName ?? "Lena Hansen";
}

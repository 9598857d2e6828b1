/** What was sent, and where each copy of it must be in the end (pure). */

/** Where a copy must come to rest, once. */
export interface Place {
  readonly at: "hub" | "spoke" | "internet";
  /** Name of the mailbox; "" at the Internet. */
  readonly mailbox: string;
  /** Not the message but one report to its sender that it could not be delivered. */
  readonly report: boolean;
}

export interface Recipient {
  readonly address: string;
  readonly place: Place;
  /** How often a client has handed it over: a client that got no answer repeats, and may so double it. */
  tries: number;
  /** A node has answered 250 or K: it may never be lost. */
  promised: boolean;
}

export interface Letter {
  /** Stands in the subject and at the end of the body, and nowhere else. */
  readonly token: string;
  readonly from: string;
  readonly via: "hub" | "spoke" | "hub-qmtp";
  readonly recipients: readonly Recipient[];
}

/** The people of the star, and where their mailboxes are. `dina` comes with the people update. */
export const PEOPLE = { alice: "kabul", bashir: "herat", carim: "herat", dina: "herat" } as const;

export function newLetter(token: string, via: Letter["via"], from: string, to: readonly string[]): Letter {
  const recipients = to.map((address) => ({ address, place: placeOf(address, from), tries: 0, promised: false }));
  return { token, from, via, recipients };
}

/** `refuse…` at the Internet, `nobody` at the hub and `ghost` at the spoke are refused: their sender is told, once. */
function placeOf(address: string, from: string): Place {
  const [local = "", domain = ""] = address.split("@");
  if (/^(refuse|nobody|ghost)/.test(local)) return { ...placeOf(from, from), report: true };
  if (!domain.endsWith("example.org")) return { at: "internet", mailbox: "", report: false };
  const office = PEOPLE[local as keyof typeof PEOPLE];
  if (office === undefined) throw new Error(`There is nobody called ${local} in this star`);
  return { at: office === "kabul" ? "hub" : "spoke", mailbox: local, report: false };
}

/** The last line of a message: one that is cut short does not have it. */
export function lastLine(token: string): string {
  return `end of ${token}`;
}

export function textOf(letter: Letter): string {
  return `From: <${letter.from}>\nSubject: ${letter.token}\n\nA short letter.\n${lastLine(letter.token)}\n`;
}

/** The addresses of a letter that no node has taken yet. */
export function unpromised(letter: Letter): Recipient[] {
  return letter.recipients.filter(({ promised }) => !promised);
}

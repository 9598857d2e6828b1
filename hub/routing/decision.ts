import type { Instruction } from "#shared/mail/instructions.js";

/** Where one recipient goes. Pure data: the accept path, the sorter and `explain` read the same thing. */
export interface Decision {
  /**
   * The kind of the destinations when they are one place; `several` for more places, or for some places
   * and some problems; `refused` and `deferred` when there is nowhere to go.
   */
  readonly outcome:
    | "mailbox"
    | "office"
    | "internet"
    | "route"
    | "program"
    | "held"
    | "refused"
    | "deferred"
    | "several";
  /** Enhanced status code (RFC 3463) when refused or deferred. */
  readonly status?: string;
  /** One line for the peer when refused or deferred. */
  readonly text?: string;
  /** Sorted by recipient, each once. */
  readonly destinations: readonly Destination[];
  /**
   * Targets of an alias that lead nowhere while others do: the message is taken for the good ones, and
   * each of these is failed or deferred on its own (one bad member never costs the others their mail).
   */
  readonly problems: readonly Problem[];
  readonly steps: readonly Step[];
}

export type Destination = Reached & {
  /** The owner of the list that led here: the envelope sender from here on, unless the message is a bounce. */
  readonly sender?: string;
  /** That list's own address. */
  readonly list?: string;
};

type Reached =
  /** `name` is the mailbox's name before encoding, `recipient` its canonical address. */
  | { readonly kind: "mailbox"; readonly name: string; readonly recipient: string }
  /** `name` is the office, `recipient` is `person@host` of that office. */
  | { readonly kind: "office"; readonly name: string; readonly recipient: string }
  /** `name` is `internet`: the MX records decide. */
  | { readonly kind: "internet"; readonly name: string; readonly recipient: string }
  /** `name` is `host:port`; `probe` the pattern of the route, where that host is to be asked at RCPT. */
  | { readonly kind: "smtp"; readonly name: string; readonly recipient: string; readonly probe?: string }
  /** `name` is the record that names the program, `recipient` the address that led to it. */
  | {
      readonly kind: "program";
      readonly name: string;
      readonly recipient: string;
      readonly run: ProgramRun;
      readonly beside?: true;
    }

  /** `name` is the alias for whose owner it is held, `recipient` the list's address, or the one of the owner's word. */
  | { readonly kind: "held"; readonly name: string; readonly recipient: string };

/** Instructions of which at least one is a program, and what their environment says of the address. */
export interface ProgramRun {
  readonly instructions: readonly Instruction[];
  /** Whose they are; absent for those of a route or an alias. */
  readonly person?: string;
  /** What follows the person's name, or the first sign of an extension; empty where there is none. */
  readonly extension: string;
  /** What `default` or the pattern's `*` stands for. */
  readonly rest: string;
}

export interface Problem {
  readonly recipient: string;
  readonly outcome: "refused" | "deferred";
  readonly status: string;
  readonly text: string;
  /** The owner of the list that led here, who is told of it; a bounce is nobody's. */
  readonly sender?: string;
}

/** One rule that spoke: which, by which record, and what it said. For people who ask why. */
export interface Step {
  readonly rule: string;
  readonly record: string;
  readonly says: string;
}

/** What following one address found, before it is summed up. */
export interface Found {
  readonly destinations: readonly Destination[];
  readonly problems: readonly Problem[];
  /** Set when an alias was met again: the level that answers for it, -1 when it was followed to its end before. */
  readonly backTo?: number;
}

/** An alias that another visit answers for. */
export function seenBefore(level: number): Found {
  return { destinations: [], problems: [], backTo: level };
}

export function to(destination: Destination): Found {
  return { destinations: [destination], problems: [] };
}

export function refused(recipient: string, status: string, text: string): Found {
  return { destinations: [], problems: [{ recipient, outcome: "refused", status, text }] };
}

export function deferred(recipient: string, status: string, text: string): Found {
  return { destinations: [], problems: [{ recipient, outcome: "deferred", status, text }] };
}

export function together(all: readonly Found[]): Found {
  const back = all.flatMap((one) => (one.backTo === undefined ? [] : [one.backTo]));
  return {
    destinations: all.flatMap((one) => one.destinations),
    problems: all.flatMap((one) => one.problems),
    ...(back.length === 0 ? {} : { backTo: Math.min(...back) }),
  };
}

/** `Found` and its steps as a decision: sorted, without repeats, with one word for the whole. */
export function decide(found: Found, steps: readonly Step[]): Decision {
  const destinations = unique(found.destinations, (one) => `${one.kind}\0${one.recipient}\0${one.name}`);
  const problems = unique(found.problems, (one) => one.recipient);
  if (destinations.length > 0) return { outcome: kindOf(destinations, problems), destinations, problems, steps };
  // Something may come right: ask again, rather than refuse for the sake of another member.
  const first = problems.find((one) => one.outcome === "deferred") ?? problems[0];
  if (first === undefined) throw new Error("routing lost a recipient: neither a destination nor a problem");
  return { outcome: first.outcome, status: first.status, text: first.text, destinations, problems: [], steps };
}

function kindOf(destinations: readonly Destination[], problems: readonly Problem[]): Decision["outcome"] {
  const [first] = destinations;
  const places = new Set(destinations.map((one) => `${one.kind}\0${one.name}`));
  if (first === undefined || places.size > 1 || problems.length > 0) return "several";
  return first.kind === "smtp" ? "route" : first.kind;
}

function unique<T extends { readonly recipient: string }>(all: readonly T[], key: (one: T) => string): T[] {
  const seen = new Map(all.map((one) => [key(one), one]));
  return [...seen.values()].sort((a, b) => compare(a.recipient, b.recipient) || compare(key(a), key(b)));
}

/** By code unit, not by locale: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import type { Directory } from "#hub/directory/directory.js";
import { directoryView, type Identity } from "#hub/directory/view.js";
import { addressKey, splitAddress } from "#shared/mail/address.js";
import { deferred, failed } from "#shared/mail/outcome.js";
import { mailboxOf } from "#shared/mailbox/mailbox-path.js";
import type { Destination, Route, Router } from "#shared/queue/route.js";
import { remembered } from "./remembered.ts";
import type { Destination as Decided, Decision, ProgramRun } from "./routing/decision.ts";
import { placeOf } from "./routing/places.ts";
import { type RoutingClient, routeRecipient } from "./routing/route.ts";
import { personDecision } from "./routing/to-person.ts";
import type { DirectoryView } from "./routing/view.ts";

/** The hub's routing in the words of the queue. One state of the directory decides each recipient. */
export function hubRouter(directory: Directory, identity: Identity): Router {
  return remembered(decideAnew(directory, identity), () => directory.state());
}

function decideAnew(directory: Directory, identity: Identity): Router {
  const view = directoryView(directory, identity);
  return (address, origin) => {
    const office = origin.link ?? origin.office;
    const client = {
      relay: origin.relay,
      ...(office === undefined ? {} : { office }),
      ...(origin.sender === undefined ? {} : { sender: origin.sender }),
      ...(origin.sorted === undefined ? {} : { sorted: origin.sorted }),
    };
    const decision = directory.read(() =>
      origin.oldMail === true ? routeOldMail(view, address, client) : routeRecipient(view, address, client),
    );
    return routeOf(decision, address, directory);
  };
}

/** Into her mailbox where she is of headquarters' own office, whose host is otherwise one more name of the organisation. */
function routeOldMail(view: DirectoryView, address: string, client: RoutingClient): Decision {
  const { local, domain } = splitAddress(address);
  const own = placeOf(view, domain);
  const key = own.kind === "virtual" ? addressKey(address) : addressKey(local);
  return own.kind === "own" || own.kind === "virtual"
    ? personDecision(view, key)
    : routeRecipient(view, address, client);
}

/** Where what was held goes when its list's owner has accepted it: whoever wrote it is not asked for any more. */
export function releasedRouter(directory: Directory, identity: Identity): Router {
  const router = decideAnew(directory, identity);
  return (address) => router(address, { relay: true });
}

/** What the queue of mail for programs asks the directory. */
export function programRuns(directory: Directory, identity: Identity) {
  const view = directoryView(directory, identity);
  return {
    runsOf(address: string): ProgramRun[] {
      const { destinations } = directory.read(() => routeRecipient(view, address, { relay: true }));
      return destinations.flatMap((one) =>
        one.kind === "program" && one.recipient.toLowerCase() === address.toLowerCase() ? [one.run] : [],
      );
    },
    /** The mailbox of whoever an instruction is of. */
    mailboxOf: (person: string): Route =>
      routeOf(
        directory.read(() => personDecision(view, person)),
        person,
        directory,
      ),
  };
}

function routeOf(decision: Decision, address: string, directory: Limits): Route {
  const { status = "4.3.0", text = "" } = decision;
  if (decision.outcome === "refused") return { kind: "refused", status, text };
  if (decision.outcome === "deferred") return { kind: "deferred", status, text };
  const expanded = decision.steps.some(({ rule }) => EXPANDING.includes(rule));
  const problems = decision.problems.map(({ recipient, outcome, status: code, text: why, sender }) => ({
    recipient,
    ...(sender === undefined ? {} : { sender }),
    outcome: outcome === "refused" ? failed(code, why) : deferred(code, why),
  }));
  return {
    kind: "to",
    destinations: decision.destinations.map((destination) => placed(destination, directory)),
    ...(expanded ? { expanded: wholeOf(decision, address.toLowerCase()) } : {}),
    ...(decision.steps.some(({ rule }) => PASSING.includes(rule)) ? { forNow: true } : {}),
    ...(problems.length === 0 ? {} : { problems }),
  };
}

const INTERNET = { kind: "queue", name: "internet" } as const;
/** What places take: offices a message of some size, mailboxes so much mail. */
type Limits = Pick<Directory, "offices" | "quotas">;

/** The queue of mail for programs. */
export const PROGRAMS = "programs";

/** The queue of mail that is held for the owner of a list, and of the owner's word about it. */
export const MODERATION = "moderation";

/** Rules that make another recipient of one: the copies are marked, so that a way round through somebody else's forward ends. */
const EXPANDING = ["alias", "part", "held", "rewrite", "leaver", "transfer", "instructions", "program"];

/** Rules that say otherwise to another sender, or when a file has changed, though the directory is the same. */
const PASSING = ["post", "include", "approval"];

/** What comes back to the alias has been there, whichever part of it was being tried again. */
function wholeOf({ steps }: Decision, address: string): string {
  return steps.some(({ rule }) => rule === "part") ? address.replace(/^([^/]*)\/.*@/s, "$1@") : address;
}

function placed(destination: Decided, directory: Limits): Destination {
  return {
    ...placeFor(destination, directory),
    ...(destination.sender === undefined ? {} : { sender: destination.sender }),
    ...(destination.sender === undefined || destination.list === undefined
      ? {}
      : { list: { address: destination.list, owner: destination.sender } }),
  };
}

function placeFor(destination: Decided, { offices, quotas }: Limits): Destination {
  const { recipient } = destination;
  switch (destination.kind) {
    case "mailbox": {
      const quota = quotas.of(destination.name);
      return {
        place: { kind: "mailbox", name: mailboxOf(destination.name) },
        recipient,
        ...(quota === undefined ? {} : { quota }),
      };
    }
    case "office": {
      const limit = offices.get(destination.name)?.limitBytes;
      return {
        place: { kind: "queue", name: officeQueue(destination.name) },
        recipient,
        ...(limit === undefined ? {} : { limit }),
      };
    }
    case "program":
      return {
        place: { kind: "queue", name: PROGRAMS },
        recipient,
        ...(destination.beside === undefined ? {} : { beside: destination.beside }),
      };
    case "held":
      return { place: { kind: "queue", name: MODERATION }, recipient };
    case "internet":
      return { place: INTERNET, recipient };
    case "smtp":
      return { place: INTERNET, recipient, ...(destination.probe === undefined ? {} : { probe: destination.probe }) };
    default:
      return destination satisfies never;
  }
}

export function officeQueue(office: string): string {
  return `office/${office}`;
}

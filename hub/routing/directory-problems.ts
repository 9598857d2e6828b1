import { splitAddress } from "#shared/mail/address.js";
import { extendedName, parseInstructions } from "#shared/mail/instructions.js";
import { chooseAtHome, recordOf } from "./home-choice.ts";
import { includeProblems } from "./include-check.ts";
import { moderationProblem, ownerProblem } from "./moderation-check.ts";
import { routeRecipient } from "./route.ts";
import { parseDestination, type RoutedPattern } from "./route-table.ts";
import type { DirectoryView } from "./view.ts";

/** What is wrong with a directory as a whole (pure): records that lead nowhere, and records that are never asked. */
export interface Tables {
  readonly aliases: readonly string[];
  readonly routes: readonly RoutedPattern[];
  /** As people wrote them. */
  readonly instructions: readonly { readonly person: string; readonly extension: string; readonly text: string }[];
  /** The organisation's own. */
  readonly domains: readonly string[];
}

export interface DirectoryProblem {
  readonly what: string;
  readonly says: string;
}

export function directoryProblems(view: DirectoryView, tables: Tables): DirectoryProblem[] {
  return [
    ...tables.aliases.flatMap((name) => aliasProblems(view, name, tables.domains)),
    ...tables.routes.flatMap((route) => [...routeProblems(view, route), ...uncheckedFallback(view, route)]),
    ...tables.instructions.flatMap((one) => instructionProblems(view, one)),
  ];
}

function aliasProblems(view: DirectoryView, name: string, domains: readonly string[]): DirectoryProblem[] {
  const { local, domain } = splitAddress(name);
  const where = name.includes("@") ? [domain] : domains;
  // Nobody is called that: what the alias `@host` takes.
  const sample = local === "" ? UNLIKELY : local;
  const each = where.map((host) => hiddenBy(view, name, sample, host));
  // Elsewhere it is asked: an alias `@host` is meant to come first in its own domain.
  const hidden = each.every((one) => one.length > 0) ? each.flat() : [];
  const decision = routeRecipient(view, `${sample}@${where[0] ?? view.domain}`, { relay: true });
  const including = includeProblems(view, name);
  // What they defer is said by them, with file and line.
  const others = decision.problems.filter(({ outcome }) => outcome === "refused" || including.length === 0);
  const nowhere =
    decision.text === undefined
      ? [...including, ...others.map(({ recipient, text }) => `${recipient}: ${text}`)]
      : including.length > 0
        ? including
        : [decision.text];
  const cure = "mend it with `qrelay hub alias set`, or remove it";
  const unheard = moderationProblem(view, name) ?? ownerProblem(view, name);
  const all = hidden.length > 0 ? hidden : [...nowhere, ...(unheard === undefined ? [] : [unheard])];
  return all.map((text) => ({ what: `alias ${name}`, says: `${text}: ${cure}` }));
}

function hiddenBy(view: DirectoryView, name: string, local: string, host: string): string[] {
  const choice = chooseAtHome(view, { name: local, local, domain: host });
  if (choice === undefined || (choice.kind === "alias" && choice.key === name)) return [];
  // `user@host` is there to go before `user`.
  if (choice.kind === "alias" && choice.key === `${local}@${host}`) return [];
  return [`it is never asked for ${local}@${host}, the ${choice.kind} ${recordOf(choice)} comes first`];
}

function routeProblems(view: DirectoryView, { pattern, destination }: RoutedPattern): DirectoryProblem[] {
  const parsed = parseDestination(destination);
  const cure = `mend it with \`qrelay hub route set '${pattern}' …\``;
  if (parsed === undefined)
    return [{ what: `route ${pattern}`, says: `the destination ${destination} cannot be used: ${cure}` }];
  const sample = sampleOf(pattern);
  const { status, text, steps } = routeRecipient(view, sample, { relay: true });
  const asked = steps.some(({ rule, record }) => rule === "route" && record === pattern);
  if (!asked)
    return [{ what: `route ${pattern}`, says: `it is never asked for ${sample}, something else comes first: ${cure}` }];
  return status === "4.3.5" ? [{ what: `route ${pattern}`, says: `for ${sample}, ${text}: ${cure}` }] : [];
}

/** Of the domains that are elsewhere the administrator knows what he takes; our own are written to by every list of spammers. */
function uncheckedFallback(
  view: DirectoryView,
  { pattern, destination, accept, check }: RoutedPattern,
): DirectoryProblem[] {
  const next = parseDestination(destination)?.kind;
  if (
    !accept ||
    check !== undefined ||
    !(view.isDomain(pattern) || view.hasOwnPeople(pattern)) ||
    (next !== "smtp" && next !== "program")
  )
    return [];
  const says =
    "every name that nobody has here is taken and handed on, and what is refused there bounces to senders that may be forged";
  return [
    { what: `route ${pattern}`, says: `${says}: set it with \`--check probe\` or \`--check list --known FILE\`` },
  ];
}

function instructionProblems(
  view: DirectoryView,
  { person, extension, text }: Tables["instructions"][number],
): DirectoryProblem[] {
  const what = `instructions of ${extendedName(person, extension)}`;
  const parsed = parseInstructions(text);
  const cure = `mend them with \`qrelay hub instructions set ${person}\``;
  const wrong = Array.isArray(parsed)
    ? parsed.flatMap((one) => {
        if (one.kind === "program" && !view.programs)
          return [`${one.command} is a program, and programs are not allowed`];
        if (one.kind !== "forward") return [];
        const { destinations, text: why } = routeRecipient(view, one.address, { relay: true });
        return destinations.length > 0 ? [] : [`${one.address} leads nowhere: ${why}`];
      })
    : [`line ${parsed.line}: ${parsed.text}`];
  return wrong.map((says) => ({ what, says: `${says}: ${cure}` }));
}

const UNLIKELY = "nobody-has-this-name";

/** An address that the pattern matches. */
export function sampleOf(pattern: string): string {
  const at = pattern.lastIndexOf("@");
  if (at >= 0) return pattern.replace("*", UNLIKELY);
  if (pattern === "*") return `${UNLIKELY}@sample.invalid`;
  return `${UNLIKELY}@${pattern.startsWith(".") ? `sample${pattern}` : pattern}`;
}

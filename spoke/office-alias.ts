import { joinAddress } from "#shared/mail/address.js";
import { answeredAt, type Decision, defer, hidden, type Step, step, together, type Walk } from "./decisions.ts";
import { personHere } from "./person-here.ts";
import type { SpokeView } from "./routing.ts";

/** An alias of this office, as routing needs it. */
export interface RoutedAlias {
  readonly targets: readonly string[];
  /** The envelope sender of what it forwards. */
  readonly owner?: string;
}

/** As at headquarters: deeper is a mistake of somebody's, and each level multiplies the work of one RCPT. */
export const MAX_DEPTH = 10;
/** Targets that one recipient may meet on the way; it bounds memory and time of one RCPT. */
export const MAX_TARGETS = 10_000;

/** Expands an alias of this office (pure), once: what it leads to elsewhere leaves as plain recipients. */
export function toAlias(
  view: SpokeView,
  name: string,
  { targets, owner }: RoutedAlias,
  before: readonly Step[],
  walk: Walk,
): Decision {
  // A person's extension may have the same name.
  const record = `alias ${name}`;
  const seen = walk.circles.seen(record);
  if (seen !== undefined)
    return answeredAt(
      seen,
      seen < 0 ? [] : [step(CIRCLE, name, "It is being followed already: it leads back to itself")],
    );
  const noted = [...before, step("office-alias", name, `The office's alias stands for ${targets.join(", ")}`)];
  walk.targets += targets.length;
  const trouble = troubleOf(targets, walk);
  if (trouble !== undefined)
    return defer(noted, `The alias ${name} ${trouble}: ask the postmaster`, { rule: "office-alias", record: name });
  const expand = (): Decision => {
    walk.depth += 1;
    const parts = targets.map((target) => {
      const to = meantBy(view, target);
      return { to, decision: walk.follow(to) };
    });
    walk.depth -= 1;
    return together(parts, joinAddress(name, view.host), noted);
  };
  const found = walk.circles.follow(record, expand, () =>
    defer(noted, `The alias ${name} leads only to itself: ask the postmaster`, { rule: CIRCLE, record: name }),
  );
  return owner === undefined ? found : owned(view, name, owner, found);
}

/** The rule of a step that met a circle. */
export const CIRCLE = "circle";

function troubleOf(targets: readonly string[], { depth, targets: met }: Walk): string | undefined {
  if (targets.length === 0) return "has no target";
  if (depth >= MAX_DEPTH) return `leads more than ${MAX_DEPTH} levels deep`;
  return met > MAX_TARGETS ? `leads to more than ${MAX_TARGETS} targets` : undefined;
}

/** For `explain`: the alias is there, and something comes first. */
export function hiddenAlias(walk: Walk, name: string, alias: RoutedAlias | undefined, by: string): Step[] {
  return alias === undefined ? [] : hidden(walk, name, "the office's alias", by);
}

/** A bare name in an alias: somebody here, then an alias of the office, then a name of the organisation. */
export function meantBy(view: SpokeView, target: string): string {
  if (target.includes("@")) return target;
  const isAlias = personHere(view, target) === undefined && view.alias(target) !== undefined;
  return joinAddress(target, isAlias ? view.host : (view.domains[0] ?? view.host));
}

/** What a list forwards comes from its owner, so that its bounces go there; of nested lists from the innermost one's. */
function owned(view: SpokeView, name: string, owner: string, found: Decision): Decision {
  if (found.destinations.length === 0) return found;
  const sender = meantBy(view, owner);
  const list = joinAddress(name, view.host);
  return {
    ...found,
    destinations: found.destinations.map((one) => ({ sender, list, ...one })),
    ...(found.problems === undefined ? {} : { problems: found.problems.map((one) => ({ sender, ...one })) }),
    steps: [...found.steps, step("owner", name, `What it forwards comes from ${sender}`)],
  };
}

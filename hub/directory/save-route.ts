import { sampleOf } from "#hub/routing/directory-problems.js";
import { routeRecipient } from "#hub/routing/route.js";
import { parseDestination } from "#hub/routing/route-table.js";
import type { DirectoryView } from "#hub/routing/view.js";
import type { Directory } from "./directory.ts";
import { refuse } from "./refusal.ts";
import type { Route, RouteOptions } from "./routes.ts";
import { programsRefused } from "./save-instructions.ts";

export interface NewRoute extends RouteOptions {
  readonly pattern: string;
  readonly destination: string;
  readonly accept: boolean;
  /** Of the check `list`. */
  readonly names?: readonly string[];
}

/**
 * The door by which routes enter the directory: one that leads round in a circle is refused, and the old one stays. Throws
 * `Refusal`.
 */
export function saveRoute(
  directory: Directory,
  view: DirectoryView,
  { pattern, destination, accept, names = [], ...options }: NewRoute,
): Route {
  return directory.transaction(() => {
    const made = directory.routes.set(pattern, destination, accept, options);
    directory.routeNames.replace(made.pattern, names);
    judgeRoute(view, made);
    return made;
  });
}

/** Throws `Refusal` for a route, as it has been written, that leads round in a circle or names a program where none may run. */
export function judgeRoute(
  view: DirectoryView,
  { pattern, destination }: Pick<NewRoute, "pattern" | "destination">,
): void {
  const parsed = parseDestination(destination);
  if (parsed?.kind === "program" && !view.programs)
    refuse("bad", `Cannot set the route for ${pattern}: ${programsRefused(parsed.command)}`);
  if (parsed?.kind !== "to") return;
  const sample = sampleOf(pattern);
  const { status, text } = routeRecipient(view, sample, { relay: true });
  if (status === "4.3.5") refuse("bad", `Cannot set the route for ${pattern}: for ${sample}, ${text}`);
}

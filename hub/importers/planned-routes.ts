import { findRoute } from "#hub/routing/route-table.js";
import type { Pair } from "#shared/qmail/control-files.js";
import type { Line } from "#shared/qmail/lines.js";
import { smtpRouteOf } from "./smtp-routes.ts";

export interface PlannedRoute {
  readonly at: Line;
  readonly pattern: string;
  readonly destination: string;
  readonly accept: boolean;
}

/**
 * The routes of a plan, one for each pattern: virtualdomains, smtproutes and rcpthosts each say a part of what a route
 * says as a whole. What comes first stays, as qmail asks virtualdomains before it goes out.
 */
export class PlannedRoutes {
  readonly #routes = new Map<string, PlannedRoute>();
  readonly #remote = new Map<string, string>();

  constructor(smtpRoutes: readonly Pair[]) {
    for (const pair of smtpRoutes) {
      const read = smtpRouteOf(pair);
      if ("pattern" in read) this.#remote.set(read.pattern, read.destination);
    }
  }

  get(pattern: string): PlannedRoute | undefined {
    return this.#routes.get(pattern);
  }

  add(route: PlannedRoute): void {
    if (!this.#routes.has(route.pattern)) this.#routes.set(route.pattern, route);
  }

  /** Mail for it is taken from anybody. */
  accept(at: Line, pattern: string): void {
    const known = this.#routes.get(pattern);
    this.#routes.set(pattern, {
      ...(known ?? { at, pattern, destination: this.remote(pattern) }),
      accept: true,
    });
  }

  /** Where qmail-remote takes mail for a pattern: the smtproutes line that is nearest, else MX records. */
  remote(pattern: string): string {
    const domain = pattern.replace(/^.*@/, "");
    const look = {
      route: (one: string) => {
        const destination = this.#remote.get(one);
        return destination === undefined ? undefined : { pattern: one, destination, accept: false };
      },
      wildcardRoutes: () => [],
    };
    const exact = this.#remote.get(domain);
    // A suffix covers what is below it: .a.example is found for x.a.example.
    return exact ?? findRoute("x", domain.startsWith(".") ? `x${domain}` : domain, look)?.destination ?? "mx";
  }

  all(): PlannedRoute[] {
    return [...this.#routes.values()];
  }
}

/** "to smtp://mail.example", for people. */
export function goes(route: { readonly destination: string } | undefined): string {
  const destination = route?.destination ?? "mx";
  return destination === "mx" ? "where MX records say" : `to ${destination.replace(/^to:/, "")}`;
}

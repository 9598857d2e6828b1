import type { DirectoryView, RoutedOffice } from "./view.ts";

/** What the domain of an address means to this hub. */
export type Place =
  | { readonly kind: "own"; readonly rule: "bare" | "own-name" | "domain" | "hub"; readonly says: string }
  /** A domain with people of its own. */
  | { readonly kind: "virtual"; readonly rule: "own-people"; readonly says: string }
  | { readonly kind: "office"; readonly office: RoutedOffice }
  | { readonly kind: "elsewhere" };

export function placeOf(view: DirectoryView, domain: string): Place {
  if (domain === "") return own("bare", `no domain: taken as ${view.domain}`);
  if (view.isDomain(domain)) return own("domain", "one of the organisation's domains");
  if (view.hasOwnPeople(domain))
    return { kind: "virtual", rule: "own-people", says: "a domain with people of its own" };
  // A stock qmail office forwards everything that is not its own to the hub's name, and expects the hub to know better.
  if (domain === view.hubHost) return own("hub", `the hub's own name, the same as ${view.domain}`);
  if (domain.startsWith("mailhub.") && view.isDomain(domain.slice("mailhub.".length))) {
    return own("hub", `the hub's name for offices, the same as ${view.domain}`);
  }
  const office = view.officeByHost(domain);
  if (office !== undefined) {
    if (office.name === view.hubOffice) return own("hub", `the hub's own office, the same as ${view.domain}`);
    return { kind: "office", office };
  }
  if (domain === "localhost" || domain === "localhost.localdomain" || view.localNames.includes(domain)) {
    return own("own-name", `this machine itself, the same as ${view.domain}`);
  }
  return { kind: "elsewhere" };
}

function own(rule: "bare" | "own-name" | "domain" | "hub", says: string): Place {
  return { kind: "own", rule, says };
}

/** A stock qmail office: its people are its own affair, the hub does not know them. */
export function isStock(office: RoutedOffice): boolean {
  return office.prefix !== undefined || office.dial?.startsWith("qmtp://") === true;
}

/** The domain in which a name of such a place is looked for. */
export function homeDomain(view: DirectoryView, place: Place, domain: string): string {
  const asWritten = place.kind === "virtual" || (place.kind === "own" && place.rule === "domain");
  return asWritten ? domain : view.domain;
}

/** A quoted local part may have an `@` in it, and would read as somebody in a domain with people of its own. */
export function isPlain(name: string): boolean {
  return !name.includes("@");
}

import type { Posters } from "./posting.ts";
import type { RouteLookup } from "./route-table.ts";

/** The few look-ups that routing needs, all synchronous; the directory gives them, tests use maps. */
export interface DirectoryView extends RouteLookup {
  /** The organisation's main domain: canonical recipients are written in it. */
  readonly domain: string;
  /** Name of the hub's own office: its people have their mailboxes here. */
  readonly hubOffice: string;
  /** The hub's own host name, a synonym of the organisation's domain. */
  readonly hubHost: string;
  /** What the machine calls itself, lower case: mail of its own cron is for the organisation, and never leaves over a link. */
  readonly localNames: readonly string[];
  /** One of the organisation's own. */
  isDomain(domain: string): boolean;
  /** Its people are `name@domain`, and none of the organisation's. */
  hasOwnPeople(domain: string): boolean;
  officeByHost(host: string): RoutedOffice | undefined;
  office(name: string): RoutedOffice | undefined;
  /** Whether the office has told that it has an alias of that name; lower case and NFC. */
  officeName(office: string, name: string): boolean;
  /** `name` is lower case and NFC; `name@domain` in a domain with people of its own. */
  person(name: string): RoutedPerson | undefined;
  /** She was posted at that office lately. */
  wasAt(name: string, office: string): boolean;
  /** Has left the organisation lately: where her mail goes on to, or what its writers are told. */
  leaver(name: string): { readonly forward?: string; readonly notice?: string } | undefined;
  /** Targets of the alias `user`, `user@host` or `@host`, lower case and NFC; undefined when there is none. */
  alias(name: string): readonly string[] | undefined;
  isAlias(name: string): boolean;
  /** The addresses in a file, as it is now. */
  include(path: string): Included;
  /** What a person wants done with mail for her name (record "") or for an extension, as she wrote it. */
  instructions(person: string, record: string): string | undefined;
  /** Whether programs may be run. */
  readonly programs: boolean;
  /** Whether the list of names that a route was given has one of these. */
  isListed(pattern: string, names: readonly string[]): boolean;
  /** What makes a list of the alias; undefined when there is no such alias. */
  list(name: string): RoutedList | undefined;
  /** Whether the token is one that this hub has made for a message held for the list of that address. */
  approves(list: string, token: string): boolean;
}

/** What a file holds that an alias includes; or why it cannot be used, with its path and where it can the line. */
export type Included = { readonly entries: readonly IncludedEntry[] } | { readonly problem: string };

export interface IncludedEntry {
  /** An address, or another include. */
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

export interface RoutedList {
  /** Who is the envelope sender of what it forwards. */
  readonly owner?: string;
  /** Who may write to it; absent: anybody. */
  readonly post?: Posters;
  /** What all others write is held for the owner's approval; where `post` is absent, of everybody but the owner. */
  readonly moderate?: boolean;
}

export interface RoutedPerson {
  /** As the view was asked for her. */
  readonly name: string;
  readonly office: string;
  readonly suspended: boolean;
}

export interface RoutedOffice {
  readonly name: string;
  readonly host: string;
  readonly paused: boolean;
  readonly dial?: string;
  readonly prefix?: string;
}

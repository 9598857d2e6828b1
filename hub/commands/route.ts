import type { Command } from "commander";
import type { Route } from "#hub/directory/routes.js";
import { saveRoute } from "#hub/directory/save-route.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { addRouteOptions, newRoute, type RouteFlags } from "./route-options.ts";

/** `qrelay hub route …`: where mail goes that neither people and aliases nor MX records shall decide about. */
export function register(parent: Command, io: Io): void {
  const route = parent
    .command("route")
    .description(
      "Where mail for a domain or an address goes: to a host, by MX records, to another address, or to a program",
    );
  registerSet(route, io);
  registerList(route, io);
  registerRemove(route, io);
}

function registerSet(route: Command, io: Io): void {
  const set = route
    .command("set")
    .argument(
      "<pattern>",
      "a domain, .suffix for all below it, * for everything, or an address, of whose local part * is either end",
    )
    .argument(
      "<destination>",
      "smtp://HOST[:PORT], mx, to:ADDRESS with {LOCAL}, {HOST}, {EXT}, {DEFAULT}, or program:COMMAND",
    )
    .description(
      "Makes or replaces a route, as a whole; the most exact pattern decides. Of one of our own domains: where names go that nobody has here",
    );
  addRouteOptions(set);
  describe(
    set,
    [
      "qrelay hub route set '*' smtp://smarthost.example.net:587 --login relay@example.org --password-stdin < secret",
      "qrelay hub route set .partner.example smtp://192.0.2.9 --accept",
      "qrelay hub route set example.org smtp://old.example.org --accept --check probe",
      "qrelay hub route set club.example smtp://club.example:465 --tls implicit --accept --check list --known members.txt",
      "qrelay hub route set club.example 'to:club-{LOCAL}@example.org'",
      "qrelay hub route set 'sales-*@example.org' 'to:{DEFAULT}@sales.example.net'",
      "qrelay hub route set tickets@example.org 'program:/usr/local/bin/new-ticket'",
    ],
    [
      ...COMMON_EXITS,
      [EXIT.usage, "the command line is wrong, or its options do not go together"],
      [EXIT.cannotCreate, "the pattern is one of our own domains without --accept, or an office"],
    ],
  );
  set.action((pattern: string, destination: string, flags: RouteFlags, command: Command) =>
    withHub(io, command, async (hub) => {
      const route = await newRoute(pattern, destination, flags, io);
      const made = routeDocument(hub, saveRoute(hub.directory, hub.view, route));
      const text = `Mail for ${made.pattern} goes to ${[made.destination, ...sayings(made)].join(", ")}${taken(made.accept)}`;
      answer(io, hub.globals, text, made);
    }),
  );
}

function registerList(route: Command, io: Io): void {
  const list = route.command("list").description("All routes");
  describe(list, ["qrelay hub route list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const routes = hub.directory.routes.list().map((one) => routeDocument(hub, one));
      const rows = routes.map((one) => [
        ...[one.pattern, one.destination, one.accept ? "anybody" : "", sayings(one).join(", ")],
      ]);
      answer(io, hub.globals, table(rows, ["PATTERN", "DESTINATION", "TAKEN FROM", "HOW"]), { routes });
    }),
  );
}

function registerRemove(route: Command, io: Io): void {
  const remove = route
    .command("remove")
    .argument("<pattern>")
    .description("Takes a route away: MX records decide again");
  describe(remove, ["qrelay hub route remove '*'"], COMMON_EXITS);
  remove.action((pattern: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      hub.directory.transaction(() => hub.directory.routes.remove(pattern));
      answer(io, hub.globals, `Removed the route for ${pattern}`, { pattern });
    }),
  );
}

/** What may be shown of a route: no password. */
function routeDocument({ directory }: Hub, { pattern, destination, accept, tls, login, check }: Route) {
  return {
    ...{ pattern, destination, accept },
    ...(tls === undefined ? {} : { tls }),
    ...(login === undefined ? {} : { login }),
    ...(check === undefined ? {} : { check }),
    ...(check === "list" ? { names: directory.routeNames.count(pattern) } : {}),
  };
}

function sayings({ tls, login, check, names }: ReturnType<typeof routeDocument>): string[] {
  return [
    ...(tls === undefined ? [] : [`TLS ${tls}`]),
    ...(login === undefined ? [] : [`login ${login}`]),
    ...(check === "probe" ? ["asked whether it has a recipient"] : []),
    ...(check === "list" ? [`only for the ${names} names of its list`] : []),
  ];
}

function taken(accept: boolean): string {
  return accept ? ", and is taken from anybody" : "";
}

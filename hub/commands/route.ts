import type { Command } from "commander";
import { saveRoute } from "#hub/directory/save-route.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { COMMON_EXITS, withHub } from "./open-hub.ts";

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
    .description("Makes or replaces a route; the most exact pattern decides")
    .option("--accept", "take mail for it from anybody (always so for to:)", false);
  describe(
    set,
    [
      "qrelay hub route set '*' smtp://smarthost.example.net:587",
      "qrelay hub route set .partner.example smtp://192.0.2.9 --accept",
      "qrelay hub route set club.example 'to:club-{LOCAL}@example.org'",
      "qrelay hub route set 'sales-*@example.org' 'to:{DEFAULT}@sales.example.net'",
      "qrelay hub route set tickets@example.org 'program:/usr/local/bin/new-ticket'",
    ],
    [...COMMON_EXITS, [EXIT.cannotCreate, "the pattern is one of our own domains"]],
  );
  set.action((pattern: string, destination: string, { accept }: { accept: boolean }, command: Command) =>
    withHub(io, command, (hub) => {
      const made = saveRoute(hub.directory, hub.view, pattern, destination, accept);
      const document = { pattern: made.pattern, destination: made.destination, accept: made.accept };
      answer(io, hub.globals, `Mail for ${made.pattern} goes to ${made.destination}${taken(made.accept)}`, document);
    }),
  );
}

function registerList(route: Command, io: Io): void {
  const list = route.command("list").description("All routes");
  describe(list, ["qrelay hub route list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const routes = hub.directory.routes
        .list()
        .map(({ pattern, destination, accept }) => ({ pattern, destination, accept }));
      const rows = routes.map(({ pattern, destination, accept }) => [pattern, destination, accept ? "anybody" : ""]);
      answer(io, hub.globals, table(rows, ["PATTERN", "DESTINATION", "TAKEN FROM"]), { routes });
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

function taken(accept: boolean): string {
  return accept ? ", and is taken from anybody" : "";
}

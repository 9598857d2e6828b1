import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { COMMON_EXITS, withHub } from "./open-hub.ts";

/** `qrelay hub route …`: where mail goes that is not ours, when its MX records shall not decide. */
export function register(parent: Command, io: Io): void {
  const route = parent.command("route").description("Where mail for other domains goes instead of their MX hosts");
  registerSet(route, io);
  registerList(route, io);
  registerRemove(route, io);
}

function registerSet(route: Command, io: Io): void {
  const set = route
    .command("set")
    .argument("<pattern>", "a domain, .suffix for all below it, or * for everything")
    .argument("<destination>", "smtp://HOST[:PORT]")
    .description("Makes or replaces a route; the most exact pattern decides");
  describe(
    set,
    [
      "qrelay hub route set '*' smtp://smarthost.example.net:587",
      "qrelay hub route set .partner.example smtp://192.0.2.9",
    ],
    [...COMMON_EXITS, [EXIT.cannotCreate, "the pattern is one of our own domains"]],
  );
  set.action((pattern: string, destination: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const made = hub.directory.transaction(() => hub.directory.routes.set(pattern, destination));
      const document = { pattern: made.pattern, destination: made.destination };
      answer(io, hub.globals, `Mail for ${made.pattern} goes to ${made.destination}`, document);
    }),
  );
}

function registerList(route: Command, io: Io): void {
  const list = route.command("list").description("All routes");
  describe(list, ["qrelay hub route list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const routes = hub.directory.routes.list().map(({ pattern, destination }) => ({ pattern, destination }));
      const rows = routes.map(({ pattern, destination }) => [pattern, destination]);
      answer(io, hub.globals, table(rows, ["PATTERN", "DESTINATION"]), { routes });
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

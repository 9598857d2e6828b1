import { join } from "node:path";
import { askDaemon } from "#shared/io/control.js";
import { DOMAIN, HUB, LISTS, OFFICES, PEOPLE } from "./cast.ts";
import type { Children, LogLine } from "./children.ts";

/** The whole organisation, made by the same commands that an administrator types, and running. */
export interface StarNode {
  readonly name: string;
  readonly dir: string;
  /** As in the ready line: `smtp`, `submission`, `pop3`, at the hub `link`. */
  readonly listen: Readonly<Record<string, string>>;
}

export interface Star {
  readonly nodes: ReadonlyMap<string, StarNode>;
  readonly passwords: ReadonlyMap<string, string>;
  /** Opens one window of an office and waits for its end. */
  openWindow(office: string): Promise<void>;
}

export interface StarOptions {
  readonly folder: string;
  readonly children: Children;
  /** Where the stand-in Internet listens, on this machine. */
  readonly internetPort: number;
  readonly signal: AbortSignal;
  readonly newPassword: () => string;
  readonly onLine: (node: string, line: LogLine) => void;
}

/** All on ports that the system chooses, so that the demo disturbs nothing and needs no root. */
const LOOPBACK = [
  ...["smtp", "submission", "pop3"].flatMap((key) => ["--set", `${key}.listen=127.0.0.1:0`]),
  ...["qmtp", "http"].flatMap((key) => ["--set", `${key}.listen=off`]),
];

export async function buildStar(options: StarOptions): Promise<Star> {
  const { folder, children } = options;
  const dirOf = (node: string): string => join(folder, node);
  const hub = (...words: string[]): string[] => ["hub", ...words, "--dir", dirOf(HUB)];
  const nodes = new Map<string, StarNode>();
  const serve = async (name: string, kind: "hub" | "spoke"): Promise<StarNode> => {
    const dir = dirOf(name);
    const listen = await children.serve(name, [kind, "run", "--dir", dir], (line) => options.onLine(name, line));
    const node = { name, dir, listen };
    nodes.set(name, node);
    return node;
  };
  await children.run(hub("init", "--domain", DOMAIN, "--office", HUB, ...LOOPBACK, "--set", "link.listen=127.0.0.1:0"));
  const [kabul] = await Promise.all([
    serve(HUB, "hub"),
    children.run(hub("route", "set", "*", `smtp://127.0.0.1:${options.internetPort}`)),
  ]);
  const link = kabul.listen.link ?? "";
  const tokens = new Map<string, string>();
  await Promise.all(
    OFFICES.map(async (office) => {
      const { token } = await children.run(hub("office", "add", office, "--address", link));
      tokens.set(office, String(token));
    }),
  );
  const passwords = new Map(PEOPLE.map(({ name }) => [name, options.newPassword()]));
  await Promise.all([
    ...PEOPLE.map(({ name, office, fullName }) =>
      children.run(
        hub("person", "add", name, "--office", office, "--full-name", fullName, "--password-stdin"),
        `${passwords.get(name)}\n`,
      ),
    ),
    ...OFFICES.map(async (office) => {
      await children.run(["spoke", "join", tokens.get(office) ?? "", "--dir", dirOf(office), ...LOOPBACK]);
      await serve(office, "spoke");
    }),
  ]);
  await Promise.all(
    Object.entries(LISTS).map(([name, members]) => children.run(hub("alias", "set", name, ...members))),
  );
  return {
    nodes,
    passwords,
    openWindow: async (office) => {
      // As `spoke flush --connect` does, without the half second that starting a command takes. What a window leaves
      // is tried in the next one; whether all went well is judged by the mailboxes.
      const request = { command: "flush", args: { connect: link } };
      if ((await askDaemon(dirOf(office), request, { signal: options.signal })) === undefined) {
        throw new Error(`The node ${office} does not answer`);
      }
    },
  };
}

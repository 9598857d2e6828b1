import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

/** The house's walls: who may import whom, and who may touch sockets, mail files and SQL. */
const root = new URL("..", import.meta.url).pathname;
const sources = globSync("{hub,spoke,shared}/**/*.ts", {
  cwd: root,
  exclude: (path) => /node_modules|\/dist$|\/dist\/|\/test-support$/.test(path),
}).filter((path) => !/\.test\.ts$|\/test-[^/]*\.ts$|(test-support|vectors)\//.test(path));

interface Import {
  readonly from: string;
  /** A path from the root for our own files, else a package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const dynamic = [...text.matchAll(/import\(\s*"([^"]+)"\s*\)/g)].map(([, to = ""]) => ({ to, typeOnly: false }));
  const fixed = [...text.matchAll(IMPORT)].map(([, type, to = ""]) => ({ to, typeOnly: type !== undefined }));
  return [...fixed, ...dynamic].map(({ to, typeOnly }) => ({ from: file, to: resolved(file, to), typeOnly }));
}

function resolved(file: string, to: string): string {
  if (to.startsWith("#")) return to.slice(1).replace(/\.js$/, ".ts");
  return to.startsWith(".") ? normalize(join(dirname(file), to)) : to;
}

const imports = sources.flatMap(importsOf);
const offending = (wrong: (one: Import) => boolean): string[] =>
  imports.filter(wrong).map(({ from, to }) => `${from} imports ${to}`);

/** One folder below the two nodes and shared: the rooms. */
const isRoom = (path: string, ...rooms: string[]): boolean => rooms.some((room) => path.startsWith(`${room}/`));

describe("architecture", () => {
  it("sees the source", () => {
    expect(sources.length).toBeGreaterThan(150);
    expect(imports.length).toBeGreaterThan(500);
  });

  it("hub and spoke never import each other", () => {
    expect(
      offending(
        ({ from, to }) => (isRoom(from, "hub") && isRoom(to, "spoke")) || (isRoom(from, "spoke") && isRoom(to, "hub")),
      ),
    ).toEqual([]);
  });

  it("shared imports neither hub nor spoke, and nothing imports test", () => {
    expect(offending(({ from, to }) => isRoom(from, "shared") && isRoom(to, "hub", "spoke"))).toEqual([]);
    expect(offending(({ to }) => isRoom(to, "test"))).toEqual([]);
  });

  it("the packages depend on nothing, the codec not even on Node", () => {
    const own = (from: string, to: string): boolean => to.startsWith(from.split("/").slice(0, 2).join("/"));
    expect(offending(({ from, to }) => isRoom(from, "shared/qmtp-codec") && !own(from, to))).toEqual([]);
    expect(
      offending(({ from, to }) => isRoom(from, "shared/node-maildir") && !own(from, to) && !to.startsWith("node:")),
    ).toEqual([]);
  });

  it("mail is pure vocabulary: no disk, no socket, no clock, no other room", () => {
    const pure = /^(node:crypto|node:net|node:url)$/;
    expect(
      offending(({ from, to }) => isRoom(from, "shared/mail") && !isRoom(to, "shared/mail") && !pure.test(to)),
    ).toEqual([]);
    const clocked = sources.filter(
      (file) => isRoom(file, "shared/mail") && /Date\.now\(|new Date\(\)/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(clocked).toEqual([]);
  });

  it("the hub's routing is pure", () => {
    const allowed = (to: string): boolean => isRoom(to, "hub/routing", "shared/mail");
    expect(offending(({ from, to, typeOnly }) => isRoom(from, "hub/routing") && !allowed(to) && !typeOnly)).toEqual([]);
  });

  it("the hub's queue policies are pure: who reads the directory gives them what they ask", () => {
    const allowed = (to: string): boolean => isRoom(to, "hub/policies", "shared/mail");
    expect(offending(({ from, to, typeOnly }) => isRoom(from, "hub/policies") && !allowed(to) && !typeOnly)).toEqual(
      [],
    );
  });

  it("the hub's DNS records are pure: who asks a resolver is elsewhere", () => {
    const allowed = (to: string): boolean => isRoom(to, "hub/dns", "shared/mail") || to === "node:net";
    expect(offending(({ from, to }) => isRoom(from, "hub/dns") && !allowed(to))).toEqual([]);
  });

  it("lists of staff are pure: no disk, no SQL, no clock", () => {
    const allowed = (to: string): boolean => isRoom(to, "hub/staff", "hub/routing", "shared/mail");
    const names = "hub/directory/names.ts";
    expect(
      offending(({ from, to, typeOnly }) => isRoom(from, "hub/staff") && !allowed(to) && to !== names && !typeOnly),
    ).toEqual([]);
  });

  it("the importers' readers and plan are pure", () => {
    const shells = [
      "hub/importers/apply-plan.ts",
      ...["read-source", "read-tree", "adopt-mail"].map((name) => `shared/qmail/${name}.ts`),
    ];
    const acts = /"node:(fs|fs\/promises)"|Date\.now\(/;
    const pure = sources.filter(
      (file) => isRoom(file, "hub/importers", "spoke/importers", "shared/qmail") && !shells.includes(file),
    );
    expect(pure.length).toBeGreaterThan(15);
    expect(pure.filter((file) => acts.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
    expect(offending(({ from, to, typeOnly }) => pure.includes(from) && shells.includes(to) && !typeOnly)).toEqual([]);
  });

  it("the link's session, wire, pace and model are pure: no disk, no socket, no clock, no timer", () => {
    const pure = sources.filter(
      (file) =>
        isRoom(file, "shared/link/session", "shared/link/wire") ||
        ["shared/link/pace.ts", "shared/link/mixing/model.ts"].includes(file),
    );
    expect(pure.length).toBeGreaterThan(15);
    const acts = /"node:(fs|fs\/promises|net|tls|timers|timers\/promises)"|(Date\.now|performance\.now|setTimeout)\(/;
    expect(pure.filter((file) => acts.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
  });

  it("sockets are opened only in shared/io, shared/smtp and the two http rooms", () => {
    const opens = /^node:(net|tls|http|https|http2|dgram)$/;
    const may = (from: string): boolean => isRoom(from, "shared/io", "shared/smtp", "hub/http", "spoke/http");
    // node:net's isIP is a word about addresses, not a socket.
    const onlyIsIp = (file: string): boolean =>
      /import \{ (isIP(v[46])?(, )?)+ \} from "node:net"/.test(readFileSync(join(root, file), "utf8"));
    expect(offending(({ from, to, typeOnly }) => opens.test(to) && !typeOnly && !may(from) && !onlyIsIp(from))).toEqual(
      [],
    );
  });

  it("the SQL driver is opened only in the two directory/open.ts", () => {
    const may = ["hub/directory/open.ts", "spoke/directory/open.ts"];
    expect(offending(({ from, to, typeOnly }) => to === "better-sqlite3" && !typeOnly && !may.includes(from))).toEqual(
      [],
    );
  });

  it("mail files are written only through node-maildir", () => {
    const writes = /\b(writeFile|writeFileSync|appendFile|createWriteStream|rename|renameSync)\(/;
    // Each of these writes something that is not mail: configuration, keys, a lock's holder, a file for the operator.
    // What the link keeps between sessions is made of mail and still no promise: losing all of it loses no letter, for
    // each is in a queue or accepted; it costs bytes on the line.
    const notMail =
      /^(shared\/(io|cli|config|log|link\/kept)\/|hub\/commands\/|spoke\/commands\/|shared\/node-maildir\/)/;
    const offenders = sources.filter(
      (file) =>
        !notMail.test(file) && writes.test(readFileSync(join(root, file), "utf8").replace(/^\s*(\/\/|\*).*$/gm, "")),
    );
    expect(offenders).toEqual([]);
  });

  it("only shared/queue knows how an entry lies on disk", () => {
    const knowing = sources.filter(
      (file) => !isRoom(file, "shared/queue") && /X-Qrelay-(Entry|Rcpt)/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(knowing).toEqual([]);
  });

  it("no source file is longer than 250 lines", () => {
    const long = sources
      .map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n").length - 1 }))
      .filter(({ lines }) => lines > 250);
    expect(long).toEqual([]);
  });
});

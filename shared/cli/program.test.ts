import { Readable } from "node:stream";
import { expect, it, describe as suite } from "vitest";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { answer, dataFolder, describe, type Globals, globals, type Io, program, run } from "./program.ts";

function fakeIo(env: NodeJS.ProcessEnv = {}) {
  const said = { out: "", err: "" };
  const io: Io = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    stdin: Readable.from([]),
    tty: false,
    env,
  };
  return { io, said };
}

function sample(action: (g: Globals, args: string[]) => void) {
  const tree = program("qrelay hub", "Headquarters");
  const office = tree.command("office").description("The offices");
  const add = office.command("add").argument("<name>").description("Adds an office");
  describe(add, ["qrelay hub office add herat"], [[EXIT.cannotCreate, "the queue cannot be made"]]);
  add.action((name: string, _options, command) => action(globals(command), [name]));
  const pass = tree.command("pass").argument("<prog...>").passThroughOptions();
  pass.action((words: string[], _options, command) => action(globals(command), words));
  return tree;
}

suite("run", () => {
  it.each([
    [["--json", "--dir", "/a", "office", "add", "herat"]],
    [["office", "--json", "add", "--dir", "/a", "herat"]],
    [["office", "add", "herat", "--json", "--dir=/a"]],
    [["--dir", "/b", "office", "add", "herat", "--json", "--dir", "/a"]],
  ])("finds --dir and --json wherever they stand: %j", async (argv) => {
    const seen: unknown[] = [];
    const { io } = fakeIo();
    expect(
      await run(
        sample((g) => void seen.push(g)),
        argv,
        io,
      ),
    ).toBe(0);
    expect(seen).toEqual([{ dir: "/a", json: true }]);
  });

  it("leaves the options of a program that a command starts alone", async () => {
    const seen: unknown[] = [];
    const { io } = fakeIo();
    expect(
      await run(
        sample((g, words) => void seen.push(g, words)),
        ["pass", "prog", "--json"],
        io,
      ),
    ).toBe(0);
    expect(seen).toEqual([{ json: false }, ["prog", "--json"]]);
  });

  it.each([[["office", "add"]], [["office", "add", "herat", "--colour"]], [["office"]], [["elsewhere"]], [[]]])(
    "answers a wrong command line %j with 64, on stderr only",
    async (argv) => {
      const { io, said } = fakeIo();
      expect(
        await run(
          sample(() => undefined),
          argv,
          io,
        ),
      ).toBe(64);
      expect(said.out).toBe("");
      expect(said.err).not.toBe("");
    },
  );

  it("shows example and exit codes in --help, exit 0", async () => {
    const { io, said } = fakeIo();
    expect(
      await run(
        sample(() => undefined),
        ["office", "add", "--help"],
        io,
      ),
    ).toBe(0);
    expect(said.out).toContain("Example:\n  qrelay hub office add herat\n");
    expect(said.out).toContain("  0   done\n  64  the command line is wrong\n  73  the queue cannot be made");
    expect(said.err).toBe("");
  });

  it("turns a failure into its exit code and one line on stderr", async () => {
    const { io, said } = fakeIo();
    const tree = sample(() => {
      throw new Failure(EXIT.config, "Cannot do it");
    });
    expect(await run(tree, ["office", "add", "herat"], io)).toBe(78);
    expect(said).toEqual({ out: "", err: "qrelay: Cannot do it\n" });
  });

  it("says nothing for a failure without a message", async () => {
    const { io, said } = fakeIo();
    const tree = sample(() => {
      throw new Failure(EXIT.tempFail, "");
    });
    expect(await run(tree, ["office", "add", "herat"], io)).toBe(75);
    expect(said.err).toBe("");
  });

  it("defers on an error that nobody foresaw, with the stack when QRELAY_DEBUG is set", async () => {
    const { io, said } = fakeIo({ QRELAY_DEBUG: "1" });
    const tree = sample(() => {
      throw new TypeError("odd\u001b[2J");
    });
    expect(await run(tree, ["office", "add", "herat"], io)).toBe(75);
    expect(said.err).toMatch(/^qrelay: odd\nTypeError: odd\n\s+at /);
  });
});

suite("answer", () => {
  it("prints one JSON document with --json, else the text", () => {
    const { io, said } = fakeIo();
    answer(io, { json: true }, "two queues", { queues: 2 });
    expect(said.out).toBe('{"queues":2}\n');
    said.out = "";
    answer(io, { json: false }, "two queues", { queues: 2 });
    expect(said.out).toBe("two queues\n");
  });

  it("disarms terminal sequences in text from strangers", () => {
    const { io, said } = fakeIo();
    answer(io, { json: false }, "a\u001b]0;x\u0007b\tc\u0000\n", {});
    for (const control of ["\u001b", "\u0007", "\u0000"]) expect(said.out).not.toContain(control);
    expect(said.out).toContain("b\tc");
  });
});

suite("dataFolder", () => {
  it("takes --dir before QRELAY_DIR before the packaged place", () => {
    const { io } = fakeIo({ QRELAY_DIR: "/env" });
    expect(dataFolder(io, { dir: "/given", json: false }, "hub")).toBe("/given");
    expect(dataFolder(io, { json: false }, "hub")).toBe("/env");
    expect(dataFolder(fakeIo().io, { json: false }, "spoke")).toBe("/var/lib/qrelay/spoke");
  });
});

import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EVENTS, isEvent } from "../shared/log/events.ts";

/** Every log line of the product is a row of the table, and every row is logged somewhere. */
const CALL = /\blog\(\s*([^,]*?"[a-z0-9-]+"[^,]*?),/g;
const OUTCOMES = ["delivered", "deferred", "failed"];

function loggedEvents(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of globSync("{hub,spoke,shared}/**/*.ts", { cwd: root, exclude: isNoSource })) {
    const text = readFileSync(`${root}/${file}`, "utf8");
    for (const [, argument = ""] of text.matchAll(CALL)) {
      for (const [, name = ""] of argument.matchAll(/"([a-z0-9-]+)"/g)) found.set(name, file);
    }
    for (const [, name = ""] of text.matchAll(/const event = ([^;]*);/g)) {
      for (const [, one = ""] of name.matchAll(/"([a-z0-9-]{4,})"/g)) found.set(one, file);
    }
  }
  // settle.ts logs each outcome under its own kind.
  for (const outcome of OUTCOMES) found.set(outcome, "shared/queue/settle.ts");
  return found;
}

const root = new URL("..", import.meta.url).pathname;

function isNoSource(path: string): boolean {
  return /node_modules|dist|\.test\.ts$|\/test-[^/]*\.ts$|shared\/(qmtp-codec|node-maildir)/.test(path);
}

describe("log lines", () => {
  const logged = loggedEvents();

  it("are rows of the table of events", () => {
    const unknown = [...logged].filter(([name]) => !isEvent(name) && name !== "delayed");
    expect(unknown).toEqual([]);
  });

  it("are all logged somewhere", () => {
    const own = new Set(["log-dropped"]);
    expect(Object.keys(EVENTS).filter((name) => !logged.has(name) && !own.has(name))).toEqual([]);
  });
});

import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import type { Memory } from "./memory.ts";
import { MEMORY_LIFE_MS, MEMORY_SCHEMA, openSqlMemory } from "./sql-memory.ts";

const ID = "ABCDEFGHIJKLMNOP";
const START = Date.UTC(2027, 0, 1);

let db: Database.Database;
let memory: Memory;
let clock: number;
beforeEach(() => {
  db = new Database(":memory:");
  clock = START;
  memory = openSqlMemory(db, () => clock);
});

describe("memory of answers", () => {
  it("answers only for what it has seen", () => {
    memory.accepting(ID, ["a@x.org", "b@x.org"], "/q/tmp/1");
    memory.accepted(ID, ["a@x.org", "b@x.org"], "ok 1");
    memory.refused(ID, "c@x.org", "no such person");
    expect(memory.recall(ID, ["c@x.org", "d@x.org", "a@x.org"])).toEqual(
      new Map([
        ["c@x.org", { letter: "D", text: "no such person" }],
        ["a@x.org", { letter: "K", text: "ok 1" }],
      ]),
    );
    expect(memory.recall("ABCDEFGHIJKLMNOQ", ["a@x.org"])).toEqual(new Map());
  });

  it("knows a recipient in any case and answers under the name asked for", () => {
    memory.accepted(ID, ["Zo\u00eb@X.org"], "ok");
    expect([...memory.recall(ID, ["ZOE\u0308@x.ORG"]).keys()]).toEqual(["ZOE\u0308@x.ORG"]);
  });

  it("does not count what is not finished as an answer, and lists it", () => {
    memory.accepting(ID, ["a@x.org", "b@x.org"], "/q/tmp/1");
    memory.accepted(ID, ["b@x.org"], "ok");
    expect(memory.recall(ID, ["a@x.org"]).size).toBe(0);
    expect(memory.unfinished()).toEqual([{ mailId: ID, recipient: "a@x.org", tmpPath: "/q/tmp/1" }]);
    memory.undo(ID, ["a@x.org", "b@x.org"]);
    expect(memory.unfinished()).toEqual([]);
    expect(memory.recall(ID, ["a@x.org", "b@x.org"]).get("b@x.org")?.letter).toBe("K");
  });

  it("never turns an acceptance into a refusal or back into a question", () => {
    memory.accepted(ID, ["a@x.org"], "ok");
    memory.refused(ID, "a@x.org", "gone");
    memory.accepting(ID, ["a@x.org"], "/q/tmp/2");
    expect(memory.recall(ID, ["a@x.org"]).get("a@x.org")).toEqual({ letter: "K", text: "ok" });
  });

  it("accepts what it refused before, if the sender tries again", () => {
    memory.refused(ID, "a@x.org", "over quota");
    memory.accepting(ID, ["a@x.org"], "/q/tmp/2");
    memory.accepted(ID, ["a@x.org"], "ok");
    expect(memory.recall(ID, ["a@x.org"]).get("a@x.org")?.letter).toBe("K");
  });

  it("is still there when the database is opened again", () => {
    memory.accepted(ID, ["a@x.org"], "ok");
    expect(openSqlMemory(db).recall(ID, ["a@x.org"]).size).toBe(1);
    db.exec(MEMORY_SCHEMA);
  });
});

describe("forgetting", () => {
  it("forgets finished answers after 90 days and nothing else", () => {
    memory.accepted(ID, ["old@x.org"], "ok");
    memory.accepting(ID, ["open@x.org"], "/q/tmp/1");
    clock += 2;
    memory.accepted(ID, ["young@x.org"], "ok");
    expect(memory.prune(START + MEMORY_LIFE_MS + 1)).toBe(1);
    expect([...memory.recall(ID, ["old@x.org", "young@x.org"]).keys()]).toEqual(["young@x.org"]);
    expect(memory.unfinished()).toHaveLength(1);
  });

  it("keeps for 90 days from now what was learnt while the clock stood at 1970", () => {
    clock = 60_000;
    memory.accepted(ID, ["a@x.org"], "ok");
    expect(memory.prune(120_000)).toBe(0);
    expect(memory.prune(START)).toBe(0);
    expect(memory.recall(ID, ["a@x.org"]).size).toBe(1);
    expect(memory.prune(START + MEMORY_LIFE_MS + 1)).toBe(1);
  });
});

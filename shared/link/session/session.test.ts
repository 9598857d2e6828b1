import { describe, expect, it } from "vitest";
import { type Scene, scene } from "./test-line.ts";
import { offer } from "./test-side.ts";

const FULL = { rate: 1000, latencyMs: 300 };
const HALF = { rate: 300, latencyMs: 300, turnMs: 2500 };
const half = { half: true };

describe("a session with nothing to do", () => {
  it("is over after one flight each way, in few bytes", () => {
    const line = scene(FULL);
    line.run();
    expect(line.dialler.ended).toMatchObject({ kind: "drained" });
    expect(line.called.ended).toMatchObject({ kind: "drained" });
    expect([line.dialler.writes, line.called.writes]).toEqual([1, 1]);
    expect(line.dialler.wrote).toBeLessThanOrEqual(100);
    expect(line.called.wrote).toBeLessThanOrEqual(100);
  });

  it("changes the direction once on half duplex", () => {
    const line = scene(HALF, { hello: half });
    line.run();
    expect(line.turns).toBe(1);
    expect(line.called.ended).toMatchObject({ kind: "drained" });
    expect(line.dialler.ended).toMatchObject({ kind: "drained" });
  });
});

describe("a session with mail", () => {
  const five = (prefix: string) => Array.from({ length: 5 }, (_one, index) => offer(`${prefix}${index}`, 1000 + index));

  it("moves both directions at once on full duplex and drains", () => {
    const line = scene(FULL, { offers: five("up") }, { offers: five("down") });
    line.run();
    expect(line.dialler.ended).toMatchObject({ kind: "drained" });
    expect(line.called.received).toEqual([1000, 1001, 1002, 1003, 1004]);
    expect(line.dialler.received).toEqual([1000, 1001, 1002, 1003, 1004]);
    expect(line.dialler.settled).toHaveLength(5);
    // 5 s of line each way at once, and some round trips.
    expect(line.dialler.endedAt).toBeLessThan(8500);
  });

  it("confirms the dialler's one over after one change of direction, three with the handshake's two", () => {
    const line = scene(HALF, { hello: half, offers: [offer("letter", 900)] });
    line.run();
    expect(line.dialler.settled).toEqual(["letter"]);
    expect(line.turns).toBe(1);
  });

  it("moves mail both ways on half duplex with few turns", () => {
    const line = scene(HALF, { hello: half, offers: five("up") }, { offers: five("down") });
    line.run();
    expect(line.dialler.settled).toHaveLength(5);
    expect(line.called.settled).toHaveLength(5);
    expect(line.called.ended).toMatchObject({ kind: "drained" });
    expect(line.turns).toBeLessThanOrEqual(6);
  });

  it("lets the hub speak first where the custom is to receive first", () => {
    const line = scene(
      HALF,
      { hello: { half: true, receiveFirst: true }, offers: five("up") },
      { offers: five("down") },
    );
    line.run();
    expect(line.dialler.received).toHaveLength(5);
    expect(line.dialler.settled).toHaveLength(5);
    expect(line.called.ended).toMatchObject({ kind: "drained" });
  });

  it("spends at most a tenth of a half-duplex line on turns when much waits", () => {
    const much = Array.from({ length: 40 }, (_one, index) => offer(`m${index}`, 5000));
    const line = scene(HALF, { hello: half, offers: much });
    line.run();
    expect(line.dialler.settled).toHaveLength(40);
    const busy = (line.dialler.wrote + line.called.wrote) / HALF.rate;
    expect(busy / (line.dialler.endedAt / 1000)).toBeGreaterThan(0.9);
  });

  it("keeps a full-duplex line full while much waits, whatever its delay", () => {
    for (const model of [
      { rate: 250, latencyMs: 900 },
      { rate: 64_000, latencyMs: 300 },
      { rate: 2750, latencyMs: 450 },
    ]) {
      const much = Array.from({ length: 60 }, (_one, index) => offer(`m${index}`, 2 * model.rate + index));
      const line = scene(model, { offers: much });
      line.run();
      expect(line.dialler.settled).toHaveLength(60);
      const busy = line.dialler.wrote / model.rate;
      expect(busy / (line.dialler.endedAt / 1000)).toBeGreaterThan(0.93);
    }
  });
});

describe("a pause", () => {
  it("lets nothing begin until everything is answered", () => {
    let settled = -1;
    const pause = (stream: number): boolean => {
      if (stream === 3) settled = line.dialler.settled.length;
      return stream === 2;
    };
    const offers = ["a", "b", "c", "d"].map((name) => offer(name, 100));
    const line: Scene = scene(FULL, { offers, pause });
    line.run();
    expect(settled).toBe(2);
    expect(line.dialler.settled).toHaveLength(4);
  });
});

describe("what goes first", () => {
  it("is the more urgent parcel, which takes over in the middle of a long one", () => {
    const line = scene(FULL, { offers: [offer("photo", 60_000, { class: "bulk" })] });
    line.at(10_000, () => {
      line.dialler.offers.push(offer("alarm", 500, { class: "urgent" }));
      line.tell(line.dialler, { kind: "offers", offers: line.dialler.offers, fresh: false });
    });
    line.run();
    expect(line.dialler.settled).toEqual(["alarm", "photo"]);
  });

  it("reaches the other end within the credit of a slow line", () => {
    const slow = { rate: 250, latencyMs: 900 };
    const line = scene(slow, { offers: [offer("photo", 60_000, { class: "bulk" })] });
    let came = 0;
    line.at(60_000, () => {
      line.dialler.offers.push(offer("alarm", 300, { class: "urgent" }));
      line.tell(line.dialler, { kind: "offers", offers: line.dialler.offers, fresh: false });
      const watch = (): void => {
        if (line.called.received.includes(300)) came ||= line.now;
        else line.at(line.now + 100, watch);
      };
      watch();
    });
    line.run(600_000);
    // 4 KB under way, 300 bytes of its own, at 250 bytes a second.
    expect(came - 60_000).toBeLessThan(22_000);
  });
});

describe("limits", () => {
  it("of the peer are kept: what is too large or of the wrong class stays", () => {
    const offers = [
      offer("small", 500, { class: "small" }),
      offer("large", 9000),
      offer("list", 400, { class: "bulk" }),
    ];
    const line = scene(FULL, { hello: { maxMessage: 5000, classes: 0b0111 } }, { offers });
    line.run();
    expect(line.called.settled).toEqual(["small"]);
    expect(line.dialler.ended).toMatchObject({ kind: "drained", peerLeft: { messages: 2, bytes: 9400 } });
  });

  it("of time end it cleanly, and say what is left", () => {
    const much = Array.from({ length: 40 }, (_one, index) => offer(`m${index}`, 5000));
    for (const hello of [{}, half]) {
      const line = scene(HALF, { offers: much, hello: { ...hello, msLeft: 120_000 }, deadline: 120_000 });
      line.run();
      expect(line.dialler.ended).toMatchObject({ kind: "time" });
      expect(line.dialler.settled.length).toBeGreaterThan(3);
      expect(line.dialler.endedAt).toBeLessThan(150_000);
      expect(line.dialler.session.watch.left.messages).toBe(40 - line.dialler.settled.length);
    }
  });

  it("of a budget are never overdrawn", () => {
    const much = Array.from({ length: 40 }, (_one, index) => offer(`m${index}`, 3000));
    for (const budget of [2000, 20_000, 50_000]) {
      let used = (): number => 0;
      const line = scene(FULL, { offers: much, bytesLeft: () => budget - used() });
      // Each write is a TLS record of 22 bytes more.
      used = () => line.dialler.wrote + line.called.wrote + 22 * (line.dialler.writes + line.called.writes);
      line.run();
      expect(line.dialler.ended).toMatchObject({ kind: "budget" });
      expect(used()).toBeLessThanOrEqual(budget);
    }
  });
});

describe("a line that stays open", () => {
  const stay = { stay: true };

  it("carries what comes later, and asks for nothing in between", () => {
    const line = scene(FULL, { hello: stay }, { hello: stay });
    line.at(3_600_000, () => {
      line.called.offers.push(offer("late", 700));
      line.tell(line.called, { kind: "offers", offers: line.called.offers, fresh: false });
    });
    line.run(3_700_000);
    expect(line.dialler.ended).toBeUndefined();
    expect(line.dialler.received).toEqual([700]);
    // A sign of life every five minutes.
    expect(line.dialler.writes).toBeLessThan(20);
  });

  it("ends with a good-bye when its node stops", () => {
    const line = scene(FULL, { hello: stay }, { hello: stay });
    line.at(60_000, () => line.tell(line.dialler, { kind: "stop", reason: "going-down" }));
    line.run(100_000);
    expect(line.called.ended).toMatchObject({ kind: "stopped" });
  });
});

describe("a peer that breaks the protocol", () => {
  const told = (event: Parameters<ReturnType<typeof scene>["tell"]>[1]) => {
    const line = scene(FULL, { offers: [offer("letter", 2000)] });
    line.run(200);
    line.tell(line.dialler, event);
    return line.dialler.ended;
  };

  it.each([
    ["answers what was not sent", { kind: "answer", answer: { stream: 77, taken: true, further: 0 } }],
    ["answers a run that goes too far", { kind: "answer", answer: { stream: 1, taken: true, further: 9999 } }],
    ["skips what was not sent", { kind: "skip", stream: 99, reason: "have" }],
    ["has taken more than was sent", { kind: "received", bytes: 1_000_000 }],
    ["sends data that was not announced", { kind: "data", stream: 5, bytes: Buffer.from("x") }],
    ["speaks garbage", { kind: "error", reason: "a length has the byte 60" }],
  ] as const)("and %s is left", (_what, frame) => {
    expect(told({ kind: "frame", frame })).toMatchObject({ kind: "cut", reason: expect.stringContaining("protocol") });
  });

  it("by sending more than it announced, or streams out of order, is left", () => {
    const line = scene(FULL);
    line.tell(line.called, { kind: "announced", stream: 3, length: 2 });
    expect(line.called.ended).toBeUndefined();
    line.tell(line.called, { kind: "frame", frame: { kind: "data", stream: 3, bytes: Buffer.from("abc") } });
    expect(line.called.ended?.reason).toContain("more data");
    const other = scene(FULL);
    other.tell(other.called, { kind: "announced", stream: 3, length: 2 });
    other.tell(other.called, { kind: "announced", stream: 3, length: 2 });
    expect(other.called.ended?.reason).toContain("stream 3");
  });

  it("by flooding us with parcels is left before it costs memory", () => {
    const line = scene(FULL);
    for (let stream = 1; stream < 1000 && line.called.ended === undefined; stream += 1)
      line.tell(line.called, { kind: "announced", stream, length: 10 });
    expect(line.called.ended?.reason).toContain("256");
  });

  it("by silence is left, but not before its line can have carried an answer", () => {
    const line = scene({ rate: 37, latencyMs: 500, turnMs: 4000 }, { offers: [offer("letter", 3000)], hello: half });
    // The first over takes 85 s, its answer 6 more; nothing was measured yet.
    line.run(60_000);
    expect(line.dialler.session.wakeAt()).toBeGreaterThan(300_000);
    line.mute = true;
    line.run();
    expect(line.dialler.ended).toMatchObject({ kind: "cut", reason: expect.stringContaining("silent") });
  });
});

describe("answers", () => {
  it("that put a parcel off leave it for the next session", () => {
    const later = [{ letter: "Z", text: "4.3.1 full" }] as const;
    const line = scene(FULL, { offers: [offer("letter", 500)] }, { answers: () => later });
    line.run();
    expect(line.dialler.settled).toEqual(["letter"]);
    expect(line.dialler.ended).toMatchObject({ kind: "drained" });
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Direction, LineModel, type Step } from "./line-model.ts";
import { cutAfter, seeded } from "./random-numbers.ts";
import { LINE } from "./test-line.ts";

const HALF = { ...LINE, half: true };
const END = 1e9;

type Piece = Extract<Step, { kind: "piece" }>;

function pieces(steps: readonly Step[], direction: Direction): Piece[] {
  return steps.filter((step): step is Piece => step.kind === "piece" && step.direction === direction);
}

function turns(steps: readonly Step[]): [Direction, number][] {
  return steps.flatMap((step) => (step.kind === "turn" ? [[step.direction, step.at] as [Direction, number]] : []));
}

describe("the line in virtual time", () => {
  it("lets bytes leave at their rate and arrive a delay later, each direction for itself", () => {
    const line = new LineModel(LINE);
    line.offer("up", 1000, 0);
    line.offer("down", 1000, 250);
    const steps = line.advance(END);
    expect(pieces(steps, "up")[0]).toMatchObject({ bytes: 40, leaves: 40, arrives: 140 });
    expect(pieces(steps, "up").at(-1)).toMatchObject({ leaves: 1000, arrives: 1100 });
    expect(pieces(steps, "down").at(-1)).toMatchObject({ leaves: 750, arrives: 850 });
    expect(line.stats).toEqual({ bytes: { up: 1000, down: 1000 }, busy: { up: 1000, down: 500 }, turns: 0 });
  });

  it("sends nothing before its time and says when to ask again", () => {
    const line = new LineModel(LINE);
    expect(line.nextAt).toBe(Number.POSITIVE_INFINITY);
    line.offer("up", 100, 10);
    expect(line.advance(9)).toEqual([]);
    expect(line.nextAt).toBe(10);
    expect(pieces(line.advance(50), "up").map(({ leaves }) => leaves)).toEqual([50, 90]);
    expect([line.waiting("up"), line.nextAt]).toEqual([20, 90]);
  });

  it("is idle between offers, and the time that passed is not made up for", () => {
    const line = new LineModel(LINE);
    line.offer("up", 10, 0);
    line.advance(5000);
    line.offer("up", 10, 5000);
    expect(pieces(line.advance(END), "up").map(({ leaves }) => leaves)).toEqual([5010]);
  });

  it("carries one direction at a time on half duplex: silence, then the turn, then the other", () => {
    const line = new LineModel(HALF);
    line.offer("up", 1000, 0);
    line.offer("down", 1000, 0);
    const steps = line.advance(END);
    // The last byte up leaves at 1000 and arrives at 1100.
    expect(turns(steps)).toEqual([["down", 1100]]);
    expect(pieces(steps, "down")[0]?.leaves).toBe(1100 + 500 + 40);
    expect(pieces(steps, "down").at(-1)?.arrives).toBe(1100 + 500 + 500 + 100);
  });

  it("does not let a talker be interrupted, nor take back the air while the turn is under way", () => {
    const line = new LineModel(HALF);
    line.offer("up", 500, 0);
    line.advance(100);
    line.offer("down", 100, 100);
    line.advance(400);
    line.offer("up", 500, 400);
    // Silent at 1100; within the turn the old talker has more to say and must wait for the other's silence.
    line.advance(1200);
    line.offer("up", 10, 1200);
    const steps = line.advance(END);
    expect(turns(steps)).toEqual([["up", 1100 + 500 + 50 + 100]]);
    expect(line.stats.turns).toBe(2);
  });

  it("counts a turn for each exchange of question and answer", () => {
    const line = new LineModel(HALF);
    let now = 0;
    for (let round = 0; round < 5; round += 1)
      for (const direction of ["up", "down"] as const) {
        line.offer(direction, 100, now);
        now = pieces(line.advance(END), direction).at(-1)?.arrives ?? Number.NaN;
      }
    expect(line.stats.turns).toBe(9);
    // Ten overs of 100 bytes, ten delays, nine turns.
    expect(now).toBe(5 * 100 + 5 * 50 + 10 * 100 + 9 * 500);
  });

  it("says the same however often and late it is asked", () => {
    const offers = fc.array(
      fc.record({
        direction: fc.constantFrom<Direction>("up", "down"),
        bytes: fc.integer({ min: 1, max: 400 }),
        wait: fc.nat(900),
        asks: fc.nat(3),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(offers, fc.boolean(), (list, half) => {
        const [seldom, often] = [0, 1].map(() => new LineModel({ ...LINE, half }));
        const said: Step[][] = [[], []];
        let now = 0;
        for (const { direction, bytes, wait, asks } of list) {
          for (let ask = 1; ask <= asks; ask += 1) said[1]?.push(...(often?.advance(now + (wait * ask) / 4) ?? []));
          now += wait;
          for (const [index, line] of [seldom, often].entries()) {
            said[index]?.push(...(line?.advance(now) ?? []));
            line?.offer(direction, bytes, now);
          }
        }
        for (const [index, line] of [seldom, often].entries()) said[index]?.push(...(line?.advance(END) ?? []));
        expect(said[1]).toEqual(said[0]);
        judge(said[0] ?? [], list, half);
      }),
    );
  });

  it("delays by jitter within its bounds and lets no byte overtake another", () => {
    const line = new LineModel({ ...LINE, jitter: 200 }, seeded(1));
    line.offer("up", 4000, 0);
    const all = pieces(line.advance(END), "up");
    const arrivals = all.map(({ arrives }) => arrives);
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
    const delays = all.map(({ leaves, arrives }) => arrives - leaves);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...delays)).toBeLessThan(300);
    expect(new Set(delays.map(Math.round)).size).toBeGreaterThan(20);
  });
});

/** Nothing is lost, and on half duplex no two directions are in the air at once. */
function judge(
  steps: readonly Step[],
  offers: readonly { direction: Direction; bytes: number }[],
  half: boolean,
): void {
  const sum = (list: readonly { readonly bytes: number }[]): number => list.reduce((all, { bytes }) => all + bytes, 0);
  for (const direction of ["up", "down"] as const) {
    const sent = pieces(steps, direction);
    expect(sum(sent)).toBe(sum(offers.filter((one) => one.direction === direction)));
    expect(sent.map(({ arrives }) => arrives)).toEqual(sent.map(({ leaves }) => leaves + LINE.latency));
  }
  if (!half) return;
  let last: Piece | undefined;
  for (const step of steps) {
    if (step.kind === "turn") continue;
    const starts = step.leaves - (step.bytes * 8000) / LINE[step.direction];
    if (last !== undefined && last.direction !== step.direction)
      expect(starts + 1e-6).toBeGreaterThanOrEqual(last.arrives + LINE.turn);
    last = step;
  }
}

describe("cuts", () => {
  const draw = (seed: number): number[] => {
    const random = seeded(seed);
    return Array.from({ length: 5000 }, () => cutAfter(random(), 300));
  };

  it("come at the same moments for the same seed", () => {
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it("have the wanted mean, and the memory of none: 37 % last longer than it", () => {
    const all = draw(3);
    const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
    expect(mean).toBeGreaterThan(280);
    expect(mean).toBeLessThan(320);
    const longer = all.filter((one) => one > 300).length / all.length;
    expect(longer).toBeGreaterThan(0.34);
    expect(longer).toBeLessThan(0.4);
  });
});

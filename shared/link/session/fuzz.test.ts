import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecodedFrame } from "#shared/link/wire/frame-types.js";
import { type Scene, scene } from "./test-line.ts";
import { offer } from "./test-side.ts";
import type { Offer, SessionEvent } from "./types.ts";

const ROUNDS = 300;
const CLASSES = ["urgent", "small", "normal", "bulk"] as const;

const line = fc.record({
  rate: fc.constantFrom(37, 250, 1000, 8000, 64_000, 4_000_000),
  latencyMs: fc.constantFrom(0, 1, 20, 300, 900, 4000),
  turnMs: fc.constantFrom(0, 500, 4000),
});
const parcels = fc.array(
  fc.record({ bytes: fc.oneof(fc.nat(400), fc.nat(9000), fc.nat(60_000)), class: fc.constantFrom(...CLASSES) }),
  { maxLength: 60 },
);
/** The first so many streams cannot be decoded. */
const undecodable = fc.record({ first: fc.nat(4), when: fc.constantFrom("at-once", "when-complete") });

function offers(name: string, all: readonly Pick<Offer, "bytes" | "class">[]): Offer[] {
  return all.map(({ bytes, class: kind }, index) => offer(`${name}${index}`, bytes, { class: kind }));
}

/** After every so many. */
const pauses = fc.constantFrom(1, 2, 7, 1000);

function pausing(every: number) {
  return { pause: (stream: number) => stream % every === 0 };
}

function spoiled({ first, when }: { first: number; when: "at-once" | "when-complete" }) {
  // Only the first: a key that fails three times waits for the next session.
  return { undecodable: (stream: number) => (stream <= Math.min(first, 2) ? when : undefined) };
}

describe("two machines", () => {
  it("bring everything across whatever the line and the mail, and drain without waiting for each other", () => {
    const scenes = fc.record({
      line,
      half: fc.boolean(),
      up: parcels,
      down: parcels,
      bad: undecodable,
      worse: undecodable,
      rests: pauses,
    });
    fc.assert(
      fc.property(scenes, ({ line: model, half, up, down, bad, worse, rests }) => {
        const made = scene(
          model,
          { hello: { half }, offers: offers("up", up), ...spoiled(bad), ...pausing(rests) },
          { offers: offers("down", down), ...spoiled(worse), ...pausing(rests) },
        );
        made.run();
        expect(made.dialler.ended).toMatchObject({ kind: "drained" });
        expect(made.called.ended).toMatchObject({ kind: "drained" });
        expect(made.dialler.settled).toHaveLength(up.length);
        expect(made.called.settled).toHaveLength(down.length);
        expect(made.dialler.endedAt).toBeLessThan(patientTime(model, made));
      }),
      { numRuns: ROUNDS },
    );
  }, 60_000);

  it("end by themselves when nothing arrives any more, at whatever moment", () => {
    const scenes = fc.record({ line, half: fc.boolean(), up: parcels, down: parcels, at: fc.nat(100_000) });
    fc.assert(
      fc.property(scenes, ({ line: model, half, up, down, at }) => {
        const made = scene(model, { hello: { half }, offers: offers("up", up) }, { offers: offers("down", down) });
        made.at(at, () => {
          made.mute = true;
        });
        made.run();
        // Who owes nothing and is owed nothing has nothing to wait for: its carrier tells it.
        if (made.dialler.settled.length < up.length) expect(made.dialler.ended).toBeDefined();
      }),
      { numRuns: ROUNDS },
    );
  }, 60_000);
});

/** Bytes at the line's rate, and a delay and a turn for each exchange that they can need. */
function patientTime(model: { rate: number; latencyMs: number; turnMs: number }, { dialler, called }: Scene): number {
  const bytes = dialler.wrote + called.wrote;
  const exchanges = 20 + 2 * (dialler.settled.length + called.settled.length) + bytes / 1024;
  return 2 * (bytes / model.rate) * 1000 + exchanges * (2 * model.latencyMs + model.turnMs + 250);
}

const number = fc.oneof(fc.nat(5), fc.nat(300), fc.nat());
const left = fc.record({ messages: number, bytes: number });
const reason = fc.constantFrom("have", "refused", "no-room", "history-unknown", "damaged") as fc.Arbitrary<
  (DecodedFrame & { kind: "skip" })["reason"]
>;
const answers = fc.array(fc.record({ letter: fc.constantFrom("K", "Z", "D"), text: fc.string({ maxLength: 9 }) }));
const frame = fc.oneof(
  fc.record({ kind: fc.constant("data"), stream: number, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant("skip"), stream: number, reason }),
  fc.record({ kind: fc.constant("received"), bytes: number }),
  fc.record({ kind: fc.constant("turn"), more: fc.boolean(), received: number, left }),
  fc.record({ kind: fc.constant("bye"), reason: fc.constantFrom("drained", "time", "budget", "going-down"), left }),
  fc.record({ kind: fc.constant("error"), reason: fc.string() }),
  fc.record({
    kind: fc.constant("answer"),
    answer: fc.oneof(
      fc.record({ stream: number, taken: fc.constant(true), further: number }),
      fc.record({ stream: number, taken: fc.constant(false), recipients: answers }),
    ),
  }),
) as fc.Arbitrary<Exclude<DecodedFrame, { kind: "parcel" | "hello" }>>;
const event = fc.oneof(
  frame.map((one): SessionEvent => ({ kind: "frame", frame: one })),
  fc.record({ kind: fc.constant("announced"), stream: number, length: number }),
  fc.record({ kind: fc.constant("unwanted"), stream: number, reason }),
  fc.record({ kind: fc.constant("answered"), stream: number, answers }),
  fc.constant({ kind: "tick" }),
) as fc.Arbitrary<SessionEvent>;

describe("a machine among liars", () => {
  it("never throws, settles nothing twice, and does nothing after it has closed", () => {
    const scenes = fc.record({
      half: fc.boolean(),
      up: parcels,
      events: fc.array(event, { maxLength: 60 }),
      at: fc.nat(9000),
    });
    fc.assert(
      fc.property(scenes, ({ half, up, events, at }) => {
        const made = scene({ rate: 1000, latencyMs: 100, turnMs: 100 }, { hello: { half }, offers: offers("up", up) });
        made.run(at);
        const { dialler } = made;
        for (const one of events) made.tell(dialler, one);
        made.run();
        expect(new Set(dialler.settled).size).toBe(dialler.settled.length);
        expect(dialler.ended ?? dialler.session.wakeAt()).toBeDefined();
      }),
      { numRuns: ROUNDS },
    );
  }, 60_000);
});

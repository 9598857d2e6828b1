import { FieldReader, FieldWriter } from "#shared/link/wire/bytes.js";
import { encodeFrame } from "#shared/link/wire/frame.js";
import { FrameDecoder } from "#shared/link/wire/frame-decoder.js";
import { makeSide, type Side, type SideOptions } from "./test-side.ts";
import type { Moment, SessionAction, SessionEvent } from "./types.ts";

/**
 * For tests: two machines on a line in virtual time. The shells around them are the simplest that could be: a parcel's
 * head is its length, every parcel is taken, and the disk answers in a few ms.
 */
export interface LineModel {
  /** Bytes a second, both ways. */
  readonly rate: number;
  readonly latencyMs: number;
  /** Half duplex: what it costs to change the direction. */
  readonly turnMs?: number;
}

export interface Scene {
  readonly dialler: Side;
  readonly called: Side;
  now: number;
  turns: number;
  /** Nothing arrives any more, and nobody is told. */
  mute: boolean;
  run(untilMs?: number): void;
  tell(side: Side, event: SessionEvent): void;
  at(ms: number, work: () => void): void;
}

const SHELL_MS = 5;
const CHUNK_MS = 2;

export function scene(line: LineModel, dialler: SideOptions = {}, called: SideOptions = {}): Scene {
  const queue: { at: number; work: () => void }[] = [];
  const air = { holder: undefined as Side | undefined, free: new Map<Side, number>(), busyUntil: 0 };
  const half = dialler.hello?.half === true;

  const sides = { dialler: makeSide("dialler", dialler), called: makeSide("called", called) };
  const optionsOf = new Map([
    [sides.dialler, dialler],
    [sides.called, called],
  ]);
  const decoders = new Map([
    [sides.dialler, new FrameDecoder()],
    [sides.called, new FrameDecoder()],
  ]);
  const lengths = new Map<Side, Map<number, number>>([
    [sides.dialler, new Map()],
    [sides.called, new Map()],
  ]);
  const armed = new Map<Side, number>();

  const self: Scene = {
    ...sides,
    now: 0,
    turns: 0,
    mute: false,
    at: (ms, work) => {
      let place = queue.length;
      while (place > 0 && (queue[place - 1]?.at ?? 0) > ms) place -= 1;
      queue.splice(place, 0, { at: ms, work });
    },
    tell: (side, event) => tell(side, event),
    run: (untilMs = 10 * 86_400_000) => {
      for (;;) {
        const next = queue.shift();
        if (next === undefined || next.at > untilMs) return;
        self.now = Math.max(self.now, next.at);
        next.work();
      }
    },
  };
  const other = (side: Side): Side => (side === sides.dialler ? sides.called : sides.dialler);
  const later = (ms: number, work: () => void): void => self.at(self.now + ms, work);

  /** What comes together is answered together. */
  function tell(side: Side, ...events: SessionEvent[]): void {
    const bytesLeft = optionsOf.get(side)?.bytesLeft?.();
    const moment: Moment = { now: self.now, ...(bytesLeft === undefined ? {} : { bytesLeft }) };
    for (const event of events) for (const action of side.session.handle(event, moment)) act(side, action);
    for (const action of side.session.go(moment)) act(side, action);
    arm(side);
  }

  function arm(side: Side): void {
    const wake = Math.max(side.session.wakeAt(), self.now + 1);
    if (!Number.isFinite(wake) || side.ended !== undefined || (armed.get(side) ?? Number.POSITIVE_INFINITY) <= wake)
      return;
    armed.set(side, wake);
    self.at(wake, () => {
      if (armed.get(side) !== wake) return;
      armed.delete(side);
      if (side.ended !== undefined) return;
      if (side.session.wakeAt() > self.now) arm(side);
      else tell(side, { kind: "tick" });
    });
  }

  function act(side: Side, action: SessionAction): void {
    switch (action.do) {
      case "write": {
        const bytes = action.parts.map((part) =>
          part.kind === "frame"
            ? encodeFrame(part.frame)
            : encodeFrame({ kind: "data", stream: part.stream, bytes: new Uint8Array(part.length) }),
        );
        side.writes += 1;
        send(side, Buffer.concat(bytes));
        return;
      }
      case "prepare": {
        const waiting = side.offers.find(({ key }) => key === action.key);
        const length = waiting?.bytes ?? 0;
        const head = new FieldWriter().varint(length).done();
        const pause = optionsOf.get(side)?.pause?.(action.stream) === true;
        later(SHELL_MS, () => tell(side, { kind: "prepared", key: action.key, head, length, offset: 0, pause }));
        return;
      }
      case "complete": {
        if (optionsOf.get(side)?.undecodable?.(action.stream) !== undefined) {
          later(SHELL_MS, () => tell(side, { kind: "unwanted", stream: action.stream, reason: "damaged" }));
          return;
        }
        const answers = optionsOf.get(side)?.answers?.(action.stream) ?? [];
        side.received.push(lengths.get(side)?.get(action.stream) ?? 0);
        later(SHELL_MS, () => tell(side, { kind: "answered", stream: action.stream, answers }));
        return;
      }
      case "settle":
        side.settled.push(action.key);
        side.offers = side.offers.filter(({ key }) => key !== action.key);
        return;
      case "undecodable":
        later(SHELL_MS, () => tell(side, { kind: "mended", key: action.key }));
        return;
      case "look":
        later(1, () => tell(side, { kind: "offers", offers: side.offers, fresh: true }));
        return;
      case "peer":
        later(1, () => tell(side, { kind: "peer-known" }));
        return;
      case "close":
        if (side.ended === undefined) {
          side.ended = action.ended;
          side.endedAt = self.now;
        }
        return;
    }
  }

  function send(side: Side, bytes: Buffer): void {
    side.wrote += bytes.length;
    const size = Math.min(4096, Math.max(64, (line.rate * CHUNK_MS) / 1000));
    for (let at = 0; at < bytes.length; at += size) {
      const chunk = bytes.subarray(at, at + size);
      let start = Math.max(self.now, air.free.get(side) ?? 0);
      if (half && air.holder !== side) {
        if (air.holder !== undefined) {
          start = Math.max(start, air.busyUntil) + (line.turnMs ?? 0);
          self.turns += 1;
        }
        air.holder = side;
      }
      const done = start + (chunk.length / line.rate) * 1000;
      air.free.set(side, done);
      // The air is free when the last byte has arrived.
      if (half) air.busyUntil = done + line.latencyMs;
      self.at(done + line.latencyMs, () => take(other(side), chunk));
    }
  }

  function take(side: Side, chunk: Buffer): void {
    if (self.mute || (side.ended !== undefined && side.session.end.kind !== "drained")) return;
    const decoder = decoders.get(side);
    if (decoder === undefined) return;
    const frames = decoder.feed(chunk);
    side.session.received(decoder.received, self.now);
    const events = frames.flatMap((frame): SessionEvent[] => {
      if (frame.kind !== "parcel") return [{ kind: "frame", frame }];
      const { stream } = frame;
      const length = new FieldReader(frame.head).varint();
      lengths.get(side)?.set(stream, length);
      const announced = { kind: "announced", stream, length } as const;
      const unwanted = { kind: "unwanted", stream, reason: "history-unknown" } as const;
      return optionsOf.get(side)?.undecodable?.(stream) === "at-once" ? [announced, unwanted] : [announced];
    });
    tell(side, ...events);
  }

  tell(sides.dialler, { kind: "begin" });
  tell(sides.called, { kind: "begin" });
  return self;
}

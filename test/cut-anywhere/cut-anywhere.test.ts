import { describe, expect, it } from "vitest";
import { tryCut } from "./recorded-session.ts";

/**
 * The recorded session, cut after every byte of either direction, then continued. `npm run test:cut` tries all of
 * them; here every so many bytes, beginning at another one in each mode.
 */
const STRIDE = Number(process.env.QRELAY_CUT_STRIDE ?? 211);
/** What the session itself costs again: handshake aside, hellos, headers, a piece that was under way. */
const OVERHEAD = 900;
const MINUTES = 60_000;

describe.each([
  ["full duplex", { half: false }, 5],
  ["half duplex", { half: true }, 61],
] as const)("a session on %s", (_mode, line, offset) => {
  it(
    "cut at any byte of either direction and continued brings all mail, once",
    async () => {
      const whole = await tryCut(undefined, line);
      expect(whole.problems).toEqual([]);
      for (const direction of ["up", "down"] as const) {
        for (let after = 1 + (offset % STRIDE); after < whole.bytes[direction]; after += STRIDE) {
          const tried = await tryCut({ direction, after }, line);
          expect({ direction, after, problems: tried.problems }).toEqual({ direction, after, problems: [] });
          // What had come was kept: only headers and what was in the air is sent twice.
          for (const way of ["up", "down"] as const) {
            const total = tried.bytes[way] + tried.second[way];
            expect(total, `${way} after a cut at byte ${after} ${direction}`).toBeLessThan(whole.bytes[way] + OVERHEAD);
          }
        }
      }
    },
    60 * MINUTES,
  );
});

it("a session with the mixing codec, cut in the middle of a body, goes on where it was", async () => {
  const whole = await tryCut(undefined, { mixing: true });
  expect(whole.problems).toEqual([]);
  const tried = await tryCut({ direction: "down", after: Math.floor(whole.bytes.down / 2) }, { mixing: true });
  expect(tried.problems).toEqual([]);
  expect(tried.bytes.down + tried.second.down).toBeLessThan(whole.bytes.down + OVERHEAD);
});

import type { Profile } from "./profile.ts";

/** A line with round figures: a byte takes 1 ms up, half a ms down. Never breaks by itself. */
export const LINE: Profile = {
  says: "a line for tests",
  up: 8000,
  down: 16_000,
  latency: 100,
  half: false,
  turn: 500,
  setup: 0,
  mtbcSec: 1e6,
  windowSec: 1e6,
  windowsPerDay: 1,
};

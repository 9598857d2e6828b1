import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What a line is like. Times in ms unless they say otherwise. */
const PROFILE = z.strictObject({
  says: z.string(),
  /** Bits a second, from who dials and to it. */
  up: z.number().positive(),
  down: z.number().positive(),
  /** One way. */
  latency: z.number().nonnegative(),
  /** At most so much more delay, another for each piece; none in our profiles. */
  jitter: z.number().nonnegative().optional(),
  /** One direction at a time; `turn` is what changing it costs. */
  half: z.boolean(),
  turn: z.number().nonnegative(),
  /** From dialling until the carrier is up. */
  setup: z.number().nonnegative(),
  /** Mean seconds between cuts. */
  mtbcSec: z.number().positive(),
  windowSec: z.number().positive(),
  windowsPerDay: z.number().positive(),
});

/** Figures of `profiles.json`: see README.md. */
export type Profile = z.infer<typeof PROFILE>;

export const PROFILES: Readonly<Record<string, Profile>> = z
  .record(z.string(), PROFILE)
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "profiles.json"), "utf8")));

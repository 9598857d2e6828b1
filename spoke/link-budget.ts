import { z } from "zod";
import { parseDuration, parseSize } from "#shared/cli/units.js";
import { setting } from "#shared/config/settings.js";
import type { Budget, Limits, Price } from "#shared/link/budget.js";

/** `budget` and `price` of a link, as spoke.toml has them. */

const BUDGET_WANTED =
  'a size such as "200k" for each window, or { bytes, minutes, money }, or { window = {…}, month = {…} } of these';
const PRICE_WANTED =
  'a table of minute, step ("20s"), megabyte, least ("5k"), setup and currency, such as { minute = 1.44, step = "20s" }';

const bytes = z.union([z.string(), z.number()]).transform((raw, context) => {
  const value = typeof raw === "number" ? raw : parseSize(raw);
  if (value !== undefined && value > 0) return value;
  context.addIssue({ code: "custom", message: "not a size" });
  return z.NEVER;
});
const money = z.number().positive();
const LIMITS = z
  .strictObject({
    bytes: bytes.optional(),
    minutes: z.number().positive().optional(),
    money: money.optional(),
  })
  // An empty one limits nothing, which nobody writes on purpose.
  .refine((limits) => Object.keys(limits).length > 0);
const BUDGET = z.union([
  bytes.transform((value): Budget => ({ window: { bytes: value } })),
  z
    .strictObject({ window: LIMITS.optional(), month: LIMITS.optional() })
    .refine(({ window, month }) => window !== undefined || month !== undefined)
    .transform((both): Budget => ({ ...given("window", both.window), ...given("month", both.month) })),
  LIMITS.transform((window): Budget => ({ window: limitsOf(window) })),
]);
const PRICE = z.strictObject({
  minute: money.optional(),
  step: z.string().optional(),
  megabyte: money.optional(),
  least: bytes.optional(),
  setup: money.optional(),
  currency: z.string().max(10).optional(),
});

export const budget = setting(BUDGET_WANTED, (raw): Budget | undefined => {
  const read = BUDGET.safeParse(raw);
  return read.success ? read.data : undefined;
});

export const price = setting(PRICE_WANTED, (raw): Price | undefined => {
  const read = PRICE.safeParse(raw);
  if (!read.success) return undefined;
  const { minute, step, megabyte, least, setup, currency } = read.data;
  const stepMs = step === undefined ? undefined : parseDuration(step);
  if (step !== undefined && !stepMs) return undefined;
  return {
    ...(minute === undefined ? {} : { minute }),
    ...(stepMs === undefined ? {} : { stepMs }),
    ...(megabyte === undefined ? {} : { megabyte }),
    ...(least === undefined ? {} : { leastBytes: least }),
    ...(setup === undefined ? {} : { setup }),
    ...(currency === undefined ? {} : { currency }),
  };
});

/** Money is counted only where it is known what the line costs. */
export function needsPrice({ window, month }: Budget): boolean {
  return window?.money !== undefined || month?.money !== undefined;
}

/** A setup alone limits nothing: one session for ever is paid with it. */
export function canBePaid(price: Price | undefined): boolean {
  return price?.minute !== undefined || price?.megabyte !== undefined;
}

type Read = z.output<typeof LIMITS>;

function limitsOf({ bytes: size, minutes, money: most }: Read): Limits {
  return {
    ...(size === undefined ? {} : { bytes: size }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(most === undefined ? {} : { money: most }),
  };
}

function given(key: "window" | "month", limits: Read | undefined): Budget {
  return limits === undefined ? {} : { [key]: limitsOf(limits) };
}

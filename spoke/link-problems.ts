import type { CrossCheck } from "#shared/config/read-toml.js";
import { canBePaid, needsPrice } from "./link-budget.ts";
import { LINK_KEYS, parseConnect } from "./link-keys.ts";

/** What is wrong between the keys of a link, each of which is right by itself (pure). */
export const linkProblems: CrossCheck = (raw) => {
  const links = (Array.isArray(raw.link) ? raw.link : []) as Record<string, unknown>[];
  return links.flatMap((link, index) =>
    RULES.filter(({ broken }) => broken(link, links.slice(0, index))).map(({ key, wanted }) => ({
      path: ["link", index, key],
      wanted,
    })),
  );
};

interface Rule {
  readonly key: string;
  /** @param before the links above this one */
  broken(link: Readonly<Record<string, unknown>>, before: readonly Readonly<Record<string, unknown>>[]): boolean;
  readonly wanted: string;
}

const RULES: readonly Rule[] = [
  {
    key: "name",
    broken: ({ name }, before) => name !== undefined && before.some((other) => other.name === name),
    wanted: "a name that no other link has",
  },
  {
    key: "protocol",
    broken: ({ protocol, connect }) => protocol === "qrelay" && parseConnect(connect)?.scheme === "qmtp",
    wanted: '"qmtp", because qmtp:// is plain; qrelay needs tls:// or exec:',
  },
  {
    key: "windows",
    broken: ({ windows, duplex }) => windows === "always" && duplex === "half",
    wanted: 'a list of { cron, for }: a line with duplex = "half" cannot stay open',
  },
  {
    // A session that never ends has no window to count.
    key: "windows",
    broken: ({ windows, budget, connect }) =>
      windows === "always" && budget !== undefined && parseConnect(connect)?.scheme !== "qmtp",
    wanted: "a list of { cron, for }: a line that stays open cannot keep to a budget",
  },
  {
    key: "price",
    broken: ({ budget, price }) => {
      const limits = LINK_KEYS.budget.schema.safeParse(budget).data;
      return limits !== undefined && needsPrice(limits) && !canBePaid(LINK_KEYS.price.schema.safeParse(price).data);
    },
    wanted: "what a minute or a megabyte costs, such as { minute = 1.44 }, because the budget is in money",
  },
];

import { type QueuePolicy, selectorsOf, selectorText } from "#hub/policies/policy.js";
import { formatDuration, formatSize } from "#shared/cli/units.js";

/** A policy as commands print it: sizes in bytes, times in seconds; what hub.toml decides is absent. */
export function policyDocument(policy: QueuePolicy) {
  const { lifetimeMs, delayNoticeMs, ...rest } = policy;
  return {
    ...rest,
    ...(lifetimeMs === undefined ? {} : { lifetime: lifetimeMs / 1000 }),
    ...(delayNoticeMs === undefined ? {} : { delayNotice: delayNoticeMs === "off" ? "off" : delayNoticeMs / 1000 }),
  };
}

export function whoseMail(policy: QueuePolicy): string {
  return selectorsOf(policy).map(selectorText).join(", ") || "nobody";
}

/** What is special about it, in the words of `policy set`. */
export function settingLines(policy: QueuePolicy): [label: string, value: string][] {
  const { lifetimeMs, delayNoticeMs, maxMessage, concurrency } = policy;
  const rows: [string, string | undefined][] = [
    ["lifetime", lifetimeMs === undefined ? undefined : formatDuration(lifetimeMs)],
    [
      "delay notice",
      delayNoticeMs === undefined || delayNoticeMs === "off" ? delayNoticeMs : formatDuration(delayNoticeMs),
    ],
    ["max message", maxMessage === undefined ? undefined : formatSize(maxMessage)],
    ["bounce from", policy.bounceFrom],
    ["double bounce to", policy.doubleBounceTo],
    ["concurrency", concurrency?.toString()],
    ["source address", policy.sourceAddress],
    ["relay", policy.relay],
  ];
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as [string, string]]));
}

import type { Directory } from "#hub/directory/directory.js";
import type { EntryPolicy, Policies } from "#shared/queue/policies.js";
import { choosePolicy, type PolicyLookup } from "./choose-policy.ts";

/** The directory's policies in the words of the queue; read anew each time, so that a change holds at once. */
export function policyBook(directory: Directory): Policies {
  const look = policyLookup(directory);
  return {
    choose: (entrance, sender) => directory.read(() => choosePolicy(look, entrance, sender))?.policy,
    get: (name) => entryPolicy(directory, name),
    shortest: () => (directory.policies.shortestMs() ?? Number.POSITIVE_INFINITY) / 1000,
  };
}

export function policyLookup({
  policies,
  domains,
  offices,
}: Pick<Directory, "policies" | "domains" | "offices">): PolicyLookup {
  return {
    selected: (kind, value) => policies.selected(kind, value),
    // People of the hub's own office may log in with its host name too.
    isDomain: (domain) => domains.has(domain) || offices.byHost(domain)?.own === true,
  };
}

function entryPolicy({ policies }: Directory, name: string): EntryPolicy | undefined {
  const policy = policies.get(name);
  if (policy === undefined) return undefined;
  const { lifetimeMs, delayNoticeMs, maxMessage, bounceFrom, doubleBounceTo, concurrency } = policy;
  return {
    ...(lifetimeMs === undefined ? {} : { lifetime: lifetimeMs / 1000 }),
    ...(delayNoticeMs === undefined
      ? {}
      : { delayNotice: delayNoticeMs === "off" ? Number.POSITIVE_INFINITY : delayNoticeMs / 1000 }),
    ...(maxMessage === undefined ? {} : { maxMessage }),
    ...(bounceFrom === undefined ? {} : { bounceFrom }),
    ...(doubleBounceTo === undefined ? {} : { doubleBounceTo }),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

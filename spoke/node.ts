import { hostname } from "node:os";
import { join } from "node:path";
import { spaceGuard } from "#shared/io/free-space.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { Engine } from "#shared/queue/engine.js";
import { filterOption } from "#shared/queue/filter.js";
import { LOCAL_STEP, REMOTE_STEP } from "#shared/queue/retry.js";
import type { Router } from "#shared/queue/route.js";
import type { SettlePolicy } from "#shared/queue/settlement.js";
import { Store } from "#shared/queue/store.js";
import type { SpokeConfig } from "./config.ts";
import { openSpokeDirectory, type SpokeDirectory } from "./directory/directory.ts";
import type { HeldNames } from "./known-name.ts";
import { POSTMASTER } from "./roles.ts";
import { OUTBOUND, routeOf } from "./route-of.ts";
import { routeAtSpoke, type SpokeView } from "./routing.ts";

export { OUTBOUND };

/** The spoke put together, before anything listens: what `run` serves and what `flush` uses without a daemon. */
export interface SpokeNode {
  readonly config: SpokeConfig;
  readonly directory: SpokeDirectory;
  readonly store: Store;
  readonly route: Router;
  readonly engine: Engine;
  /** For the outbound queue. */
  readonly linkPolicy: SettlePolicy;
  readonly space: () => Outcome | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly now: () => number;
}

export function openSpoke(config: SpokeConfig, log: SpokeNode["log"], now: () => number = Date.now): SpokeNode {
  const directory = openSpokeDirectory(join(config.dir, "spoke.db"), { now });
  const store = spokeStore(config);
  const route = spokeRouter(spokeView(config, directory, now), directory);
  const { queue } = config;
  const linkPolicy = policy(queue.linkLifetimeMs, queue.linkDelayNoticeMs, REMOTE_STEP);
  const engine = new Engine({
    store,
    route,
    memory: directory.memory,
    trace: directory.trace,
    ...filterOption(config, store.partial),
    postmaster: `${POSTMASTER}@${config.host}`,
    log,
    now,
    sortPolicy: policy(queue.lifetimeMs, queue.delayNoticeMs, LOCAL_STEP),
    linkPolicy,
  });
  return {
    config,
    directory,
    store,
    route,
    engine,
    linkPolicy,
    space: spaceGuard(config.dir, config.limits, log, now),
    log,
    now,
  };
}

export function spokeStore(config: SpokeConfig): Store {
  return new Store(config.dir, config.host, (queue) => (queue === OUTBOUND ? config.queue.prefix : ""));
}

export function spokeView(config: SpokeConfig, directory: SpokeDirectory, now: () => number): SpokeView {
  return {
    host: config.host,
    machine: hostname().toLowerCase(),
    domains: config.domains,
    person: (name) => directory.people.get(name),
    movedAway: (name) => directory.moved.has(name),
    instructions: (person, record) => directory.instructions.get(person, record),
    names: () => heldNames(directory, now()),
    alias: (name) => directory.aliases.get(name),
  };
}

/** undefined when headquarters has not sent the list, or has taken it back. @param now ms since 1970 */
export function heldNames({ settings, names }: SpokeDirectory, now: number): HeldNames | undefined {
  const version = settings.get("namesVersion");
  if (version === undefined) return undefined;
  const at = settings.get("namesAt") ?? 0;
  return { version, at, ageMs: now - at, get: names.get };
}

/** The spoke's routing in the words of the queue. One state of the directory decides each recipient. */
export function spokeRouter(
  view: SpokeView,
  directory: SpokeDirectory,
  knowsPeople = (): boolean => directory.settings.get("peopleVersion") !== undefined,
): Router {
  return (address, origin) => {
    // What is being sorted was taken before; what an alias here has made of it may go on.
    const sorted = origin.sorted === true;
    const client = { relay: origin.relay || sorted, hub: origin.link !== undefined && !sorted };
    const decision = directory.read(() => routeAtSpoke(view, address, client));
    // A laptop that has just joined (again): who is unknown now may be on the list that is still to come.
    if (decision.outcome === "refused" && origin.link !== undefined && !knowsPeople()) {
      return { kind: "deferred", status: "4.3.5", text: "the list of this office's people has not come yet" };
    }
    return routeOf(decision, (name) => directory.people.get(name)?.quota);
  };
}

function policy(lifetimeMs: number, delayNoticeMs: number, step: number): SettlePolicy {
  return { lifetime: lifetimeMs / 1000, delayNotice: delayNoticeMs / 1000, step };
}

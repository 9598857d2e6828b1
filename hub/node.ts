import { join } from "node:path";
import { type HubConfig, identityOf } from "#hub/config.js";
import { type Directory, openDirectory } from "#hub/directory/directory.js";
import { routeLookup } from "#hub/directory/view.js";
import { deliverToInternet } from "#hub/internet/deliver.js";
import { RecipientProbes } from "#hub/internet/recipient-probes.js";
import { policyBook } from "#hub/policies/policy-book.js";
import type { RoutedPattern } from "#hub/routing/route-table.js";
import { spaceGuard } from "#shared/io/free-space.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { Engine } from "#shared/queue/engine.js";
import { filterOption } from "#shared/queue/filter.js";
import { LOCAL_STEP, REMOTE_STEP } from "#shared/queue/retry.js";
import type { Router } from "#shared/queue/route.js";
import type { SettlePolicy } from "#shared/queue/settlement.js";
import type { Store } from "#shared/queue/store.js";
import { hubStore } from "./hub-store.ts";
import { OfficeLinks } from "./link/office-links.ts";
import { officeTrace } from "./link/office-trace.ts";
import { moderate } from "./moderation/moderate.ts";
import { moderatedLists } from "./moderation/moderated-lists.ts";
import { programAccount } from "./programs/account.ts";
import { programDelivery } from "./programs/deliver.ts";
import { hubRouter, MODERATION, PROGRAMS, programRuns, releasedRouter } from "./router.ts";

/** The hub put together, before anything listens: what `run` serves and what commands use without a daemon. */
export interface HubNode {
  readonly config: HubConfig;
  readonly directory: Directory;
  readonly store: Store;
  readonly route: Router;
  readonly engine: Engine;
  readonly links: OfficeLinks;
  readonly probes: RecipientProbes;
  readonly space: () => Outcome | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly now: () => number;
}

/** Deliveries to the Internet under way at once. */
const INTERNET_CONCURRENCY = 20;

/** Programs under way at once. */
const PROGRAM_CONCURRENCY = 5;

export function openHub(config: HubConfig, log: HubNode["log"], now: () => number = Date.now): HubNode {
  const directory = openDirectory(join(config.dir, "directory.db"), { now });
  const store = hubStore(config, directory);
  const route = hubRouter(directory, identityOf(config));
  const { queue } = config;
  const policies = policyBook(directory);
  const linkPolicy = policy(queue.linkLifetimeMs, queue.linkDelayNoticeMs, REMOTE_STEP);
  const internetPolicy = policy(queue.lifetimeMs, queue.delayNoticeMs, REMOTE_STEP);
  const engine = new Engine({
    store,
    route,
    memory: directory.memory,
    trace: officeTrace(directory.trace),
    policies,
    ...filterOption(config, store.partial, ({ user }) => (user === undefined ? undefined : programAccount(user))),
    postmaster: `postmaster@${config.domain}`,
    log,
    now,
    sortPolicy: policy(queue.lifetimeMs, queue.delayNoticeMs, LOCAL_STEP),
    linkPolicy,
  });
  const hops = {
    host: config.host,
    routes: routeLookup(directory),
    secrets: (hop: RoutedPattern) => directory.routes.secrets(hop),
  };
  engine.addRunner({
    queue: store.queue("internet"),
    attempt: async (open, signal) => ({
      outcomes: await deliverToInternet({ ...hops, policyOf: (name) => directory.policies.get(name) }, open, signal),
    }),
    settle: engine.settleContext(internetPolicy),
    concurrency: INTERNET_CONCURRENCY,
    policyConcurrency: (name) => policies.get(name)?.concurrency,
  });
  engine.addRunner({
    queue: store.queue(PROGRAMS),
    attempt: programDelivery(config.programs, {
      ...{ store, route, trace: officeTrace(directory.trace), log, now },
      ...programRuns(directory, identityOf(config)),
    }),
    settle: engine.settleContext(policy(queue.lifetimeMs, queue.delayNoticeMs, LOCAL_STEP)),
    concurrency: PROGRAM_CONCURRENCY,
  });
  addModeration(engine, { config, directory, store, log, now });
  const space = spaceGuard(config.dir, config.limits, log, now);
  const links = new OfficeLinks({
    directory,
    store,
    engine,
    linkPolicy,
    maxMessage: config.limits.message,
    space,
    log,
    now,
  });
  // A clock that nobody sets.
  const probes = new RecipientProbes({ ...hops, now: () => performance.now() });
  return { config, directory, store, route, engine, links, probes, space, log, now };
}

/** Mail that is held for the owners of lists. */
function addModeration(
  engine: Engine,
  { config, directory, store, log, now }: Pick<HubNode, "config" | "directory" | "store" | "log" | "now">,
): void {
  const { lifetimeMs, delayNoticeMs } = config.queue;
  const settle = engine.settleContext(policy(lifetimeMs, delayNoticeMs, LOCAL_STEP));
  const identity = identityOf(config);
  const queue = store.queue(MODERATION);
  const attempt = moderate({
    ...{ ...settle, store, queue, trace: officeTrace(directory.trace), log, now },
    route: releasedRouter(directory, identity),
    lists: moderatedLists(directory, identity, settle.postmaster),
    again: () => void engine.retry(MODERATION),
  });
  engine.addRunner({ queue, attempt, settle, concurrency: 1 });
}

function policy(lifetimeMs: number, delayNoticeMs: number, step: number): SettlePolicy {
  return { lifetime: lifetimeMs / 1000, delayNotice: delayNoticeMs / 1000, step };
}

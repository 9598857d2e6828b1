import { existsSync } from "node:fs";
import { type HubConfig, identityOf } from "#hub/config.js";
import type { Directory } from "#hub/directory/directory.js";
import { directoryView } from "#hub/directory/view.js";
import { Store } from "#shared/queue/store.js";
import type { HubNode } from "./node.ts";
import { MODERATION, officeQueue, PROGRAMS } from "./router.ts";

/** What commands need of a hub that need not be put together: a command is started for each word of an administrator's. */

/** The places of a hub; a stock office's queue may hold entries that qmail-local wrote with its prefix. */
export function hubStore(config: HubConfig, directory: Directory): Store {
  const prefixOf = (queue: string): string => directory.offices.get(queue.replace(/^office\//, ""))?.prefix ?? "";
  return new Store(config.dir, config.host, prefixOf);
}

export function hubView(node: Pick<HubNode, "config" | "directory">) {
  return directoryView(node.directory, identityOf(node.config));
}

/** All queues. Some are there from the first start on of a release that has them. */
export function hubQueues(store: Store, directory: Directory): string[] {
  const later = [PROGRAMS, MODERATION].filter((name) => existsSync(store.queue(name).maildir.path));
  return ["sorting", "internet", ...later, ...officeQueues(directory)];
}

/** Queues that only a link empties. */
export function officeQueues(directory: Directory): string[] {
  return directory.offices
    .list()
    .filter(({ own }) => !own)
    .map(({ name }) => officeQueue(name));
}

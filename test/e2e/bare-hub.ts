/** A hub alone in a folder, for tests about its disk and its process. */
import { join } from "node:path";
import { makeStar, type Star, type StarOptions } from "../support/star.ts";

/** bob's mailbox is here; holly's office is away. */
export function makeHub(dir: string, options: Partial<StarOptions> = {}): Promise<Star> {
  return makeStar({ offices: ["mazar"], people: { bob: "kabul", holly: "mazar" }, ...options, dir });
}

/** Where a hub made by `makeHub` keeps what waits for holly. */
export function officeQueue(star: Star): string {
  return join(star.hub, "queue/office/mazar");
}

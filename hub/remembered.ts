import type { Route, Router } from "#shared/queue/route.js";

/** About 1 KB each at the most. Beyond this everything is forgotten: the next question is answered anew. */
const MAX_REMEMBERED = 1000;

/**
 * A router that asks again only after something has changed. SMTP asks twice for each recipient, at RCPT and when the
 * message has come, and a look-up costs a tenth of all that a message costs.
 *
 * @param state another value after each change; undefined when there is no saying
 */
export function remembered(router: Router, state: () => string | undefined): Router {
  const known = new Map<string, Route>();
  let knownAt: string | undefined;
  return (address, origin) => {
    // Asked before the router: a change in between makes what is remembered too new, never too old.
    const now = state();
    if (now === undefined) return router(address, origin);
    if (now !== knownAt || known.size >= MAX_REMEMBERED) known.clear();
    knownAt = now;
    const key = JSON.stringify([address, origin.relay, origin.link, origin.office, origin.oldMail, origin.sorted]);
    const route = known.get(key) ?? router(address, origin);
    if (isSmall(route)) known.set(key, route);
    return route;
  };
}

/** A staff list in a thousand spellings would fill memory; a refusal is a stranger's guess and comes once. */
function isSmall(route: Route): boolean {
  return route.kind === "to" && route.destinations.length <= 1 && route.problems === undefined && route.forNow !== true;
}

import type { Office } from "#hub/directory/offices.js";
import { openLockFile } from "#hub/directory/open.js";
import { serveControl } from "#shared/io/control.js";
import { scheduleWindows } from "#shared/link/schedule-windows.js";
import type { Running } from "#shared/node/daemon.js";
import { openListeners } from "#shared/node/listeners.js";
import { takeRunLock } from "#shared/node/run-lock.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { controlHandlers } from "./control-handlers.ts";
import { drainBack } from "./drain-back.ts";
import { serveHttp } from "./http/serve.ts";
import { officeQueues } from "./hub-store.ts";
import { logIn } from "./log-in.ts";
import type { HubNode } from "./node.ts";
import { programAccount } from "./programs/account.ts";
import { MODERATION, PROGRAMS } from "./router.ts";

/** Starts serving. Everything that was begun before a crash is put right first. */
export async function serveHub(node: HubNode): Promise<Running> {
  const { config, directory, engine, links, log } = node;
  const lock = takeRunLock(openLockFile, config.dir, "hub");
  const stop = new AbortController();
  try {
    for (const user of [config.programs?.user, config.filter?.user]) if (user !== undefined) programAccount(user);
    await recoverMemory(directory.memory);
    await makeQueues(node);
    const listeners = await openListeners({
      config,
      store: node.store,
      engine,
      route: node.route,
      probe: (route, recipient) => node.probes.ask(route, recipient),
      space: node.space,
      loopbackRelays: false,
      logIn: (login, password) => logIn(node, login, password),
      link: { keyOf: (identity) => links.keyOf(identity), onConnection: (connection) => void links.serve(connection) },
      onOfficeLeft: drainBack(node, stop.signal),
      http: (at) => serveHttp(at, node),
      log,
    });
    const control = await serveControl(config.dir, controlHandlers(node, stop.signal));
    engine.start(() => officeQueues(directory));
    scheduleDials(node, stop.signal);
    return {
      listen: listeners.listen,
      close: async () => {
        stop.abort();
        engine.stopFiltering();
        await control.close();
        await listeners.close();
        await links.close();
        await engine.stop();
        directory.close();
        lock.release();
      },
    };
  } catch (error) {
    stop.abort();
    await engine.stop();
    lock.release();
    throw error;
  }
}

/** Some at a time: thousands of offices, one after the other, would keep the mail waiting for seconds. */
async function makeQueues({ store, directory }: HubNode): Promise<void> {
  const names = ["sorting", "internet", PROGRAMS, MODERATION, ...officeQueues(directory)];
  for (let first = 0; first < names.length; first += MADE_AT_ONCE)
    await Promise.all(names.slice(first, first + MADE_AT_ONCE).map((name) => store.queue(name).create()));
}

/** Open files at a time. */
const MADE_AT_ONCE = 100;

/** Offices that the hub calls by schedule. The directory is asked each time, so a change needs no restart. */
function scheduleDials(node: HubNode, signal: AbortSignal): void {
  const underWay = new Set<string>();
  let current = new AbortController();
  let seen = "";
  const look = (): void => {
    const dialled = node.directory.offices
      .list()
      .filter((office) => office.dial !== undefined && office.windows !== undefined && !office.paused);
    const state = JSON.stringify(dialled.map(({ name, dial, windows, zone }) => [name, dial, windows, zone]));
    if (state === seen) return;
    seen = state;
    current.abort();
    current = new AbortController();
    const schedule = {
      now: () => new Date(node.now()),
      onOpen: (link: DialledLink) => void dialNow(node, link.name, underWay, signal),
      signal: AbortSignal.any([signal, current.signal]),
    };
    scheduleWindows(dialled.map(asLink), schedule);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** How soon a changed schedule is noticed. */
const LOOK_MS = 30_000;
/** The cron expression says when to call; a call that began in its minute is let run to its end. */
const DIAL_WINDOW_MS = 60_000;

interface DialledLink {
  readonly name: string;
  readonly windows: readonly { readonly cron: string; readonly forMs: number; readonly zone?: string }[];
}

function asLink(office: Office): DialledLink {
  const zone = office.zone === undefined ? {} : { zone: office.zone };
  return { name: office.name, windows: [{ cron: office.windows ?? "", forMs: DIAL_WINDOW_MS, ...zone }] };
}

/** Never throws. A call that outlasts its interval is not cut by the next one, which is left out. */
async function dialNow(node: HubNode, name: string, underWay: Set<string>, signal: AbortSignal): Promise<void> {
  if (underWay.has(name)) return;
  underWay.add(name);
  try {
    // Asked now, not when the schedule was made: the key may be a new one.
    const office = node.directory.offices.get(name);
    if (office?.dial === undefined || office.paused) return;
    const result = await node.links.dial(office, office.dial, signal);
    if (result.ended === "unreachable")
      node.log("link-refused", { office: name, peer: office.dial, reason: result.reason });
  } catch (error) {
    node.log("internal-error", { where: `dial of ${name}`, text: String(error) });
  } finally {
    underWay.delete(name);
  }
}

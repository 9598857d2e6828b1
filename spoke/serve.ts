import { type ControlHandler, serveControl } from "#shared/io/control.js";
import { takeLock } from "#shared/io/lock.js";
import type { PskListenOptions } from "#shared/io/psk.js";
import { LINK_ALPN } from "#shared/link/alpn.js";
import { type LineSettings, sessionFields } from "#shared/link/hold-session.js";
import { scheduleWindows } from "#shared/link/schedule-windows.js";
import type { Running } from "#shared/node/daemon.js";
import { openListeners } from "#shared/node/listeners.js";
import { takeRunLock } from "#shared/node/run-lock.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { afterGrace, keepOpen } from "./always.ts";
import type { Link } from "./config.ts";
import { openLockFile } from "./directory/open.ts";
import { noteContact } from "./history.ts";
import { serveHttp } from "./http/serve.ts";
import { holdWithHub } from "./hub-link.ts";
import { logIn } from "./log-in.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";
import { type FlushRequest, startFlush } from "./start-flush.ts";

/** Starts serving the office: listeners, sorter, and the windows of its links. */
export async function serveSpoke(node: SpokeNode): Promise<Running> {
  const { config, store, engine, directory } = node;
  const lock = takeRunLock(openLockFile, config.dir, "spoke");
  const stop = new AbortController();
  const background = new Set<Promise<unknown>>();
  const keep = (work: Promise<unknown>): void => {
    const quiet = work.catch((error: unknown) => node.log("internal-error", { where: "link", text: String(error) }));
    background.add(quiet);
    void quiet.finally(() => background.delete(quiet));
  };
  try {
    for (const name of ["sorting", OUTBOUND]) await store.queue(name).create();
    await recoverIfFree(node);
    const listeners = await openListeners({
      config,
      store,
      engine,
      route: node.route,
      space: node.space,
      loopbackRelays: true,
      logIn: (login, password) => logIn(node, login, password),
      link: {
        keyOf: (identity) => (identity === config.office ? config.key : undefined),
        onConnection: (connection) => keep(serveHubCall(node, connection, stop.signal)),
      },
      http: (at) => serveHttp(at, { space: node.space }),
      log: node.log,
    });
    const control = await serveControl(config.dir, {
      flush: flushAsked(node, stop.signal, background),
    });
    engine.start(() => [OUTBOUND]);
    scheduleWindows(config.links, {
      now: () => new Date(node.now()),
      onOpen: (link, until) => keep(openWindow(node, link, until, stop.signal)),
      signal: stop.signal,
    });
    return {
      listen: listeners.listen,
      close: async () => {
        stop.abort();
        engine.stopFiltering();
        await listeners.close();
        await Promise.allSettled(background);
        await control.close();
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

/** A flush may be at work already, started while we were down; then the rows are its own. */
async function recoverIfFree(node: SpokeNode): Promise<void> {
  const lock = takeLock(openLockFile, node.config.dir, "flush");
  if ("heldBy" in lock) return;
  await recoverMemory(node.directory.memory);
  lock.release();
}

/** A window that a command asked for. */
function flushAsked(node: SpokeNode, stopped: AbortSignal, background: Set<Promise<unknown>>): ControlHandler {
  const late = afterGrace(stopped);
  return (args, progress, gone, wish) => {
    const signal = AbortSignal.any([wish, stopped]);
    const abort = AbortSignal.any([gone, late]);
    const flush = startFlush(node, args as FlushRequest, { signal, abort }, progress);
    // Nothing is closed under it. What it throws is told to who asked.
    background.add(flush);
    const over = (): unknown => background.delete(flush);
    void flush.then(over, over);
    return flush;
  };
}

function openWindow(node: SpokeNode, link: Link, until: Date | undefined, signal: AbortSignal): Promise<unknown> {
  if (until === undefined) return keepOpen(node, link, signal);
  return startFlush(node, { link: link.name, forMs: Math.max(until.getTime() - node.now(), 1000) }, signal);
}

/** The hub dialled us: the same session, begun by the other side. It counts as a flush. */
async function serveHubCall(
  node: SpokeNode,
  connection: Parameters<PskListenOptions["onConnection"]>[0],
  signal: AbortSignal,
): Promise<void> {
  const { stream, alpn, address } = connection;
  const lock = takeLock(openLockFile, node.config.dir, "flush");
  const reason = "heldBy" in lock ? `a flush is under way: ${lock.heldBy}` : "it speaks no qrelay session";
  if ("heldBy" in lock || alpn !== LINK_ALPN.session) {
    if (!("heldBy" in lock)) lock.release();
    node.log("link-refused", { peer: address, reason });
    stream.destroy();
    return;
  }
  try {
    await recoverMemory(node.directory.memory);
    noteContact(node);
    const line = node.config.links.find(({ listen }) => listen.length > 0);
    const report = await holdWithHub(node, connection, {
      dialler: false,
      line: { ...CALLED, history: line?.history ?? CALLED.history },
      stop: signal,
      abort: afterGrace(signal),
    });
    node.log("link-session", { peer: address, ...sessionFields(report) });
  } finally {
    lock.release();
  }
}

/** The hub's hello says how its line is to be used. */
const CALLED: LineSettings = { half: false, order: "both", stay: true, history: true };

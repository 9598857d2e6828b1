import type { Listen } from "#shared/config/listen.js";
import { formatListen } from "#shared/config/listen.js";
import type { NodeConfig } from "#shared/config/node-config.js";
import { isLoopback } from "#shared/config/rules.js";
import { loadOrMakeCertificate } from "#shared/io/certificate.js";
import { listenPsk, type PskListenOptions } from "#shared/io/psk.js";
import { listenError } from "#shared/io/tcp-listen.js";
import { ALL_ALPN } from "#shared/link/alpn.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { startPop3Server } from "#shared/mailbox/pop3.js";
import { serveQmtp } from "#shared/qmtp/serve.js";
import type { Engine } from "#shared/queue/engine.js";
import type { Router } from "#shared/queue/route.js";
import type { Store } from "#shared/queue/store.js";
import { frontDoor, type Probe } from "#shared/smtp/front-door.js";
import { startSmtpServer } from "#shared/smtp/server.js";

/** Opens every listener of a node, hub or spoke, and closes them again in the order that loses nothing. */
export interface NodeParts {
  readonly config: NodeConfig & { readonly dir: string; readonly host: string };
  readonly store: Store;
  readonly engine: Engine;
  readonly route: Router;
  readonly probe?: Probe;
  readonly space: () => Outcome | undefined;
  /** At a spoke the machine itself may send anywhere; at the hub it needs a rule. */
  readonly loopbackRelays: boolean;
  /** Folder of the mailbox of who logs in with this address and password. */
  readonly logIn: (login: string, password: string) => Promise<{ readonly maildirPath: string } | undefined>;
  /** Opens sockets in the node's own http room. */
  readonly http: (at: Listen) => Promise<Open>;
  readonly link: Pick<PskListenOptions, "keyOf" | "onConnection">;
  readonly onOfficeLeft?: (office: string, address: string) => void;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

export interface Listeners {
  /** As the ready line shows them: "HOST:PORT", or a list where the key is one. */
  readonly listen: Readonly<Record<string, string | readonly string[]>>;
  close(): Promise<void>;
}

export interface Open {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function openListeners(parts: NodeParts): Promise<Listeners> {
  const { config } = parts;
  const tls = await loadOrMakeCertificate(config.dir, config.host, config.tls);
  const starters: Readonly<Record<string, (at: Listen) => Promise<Open>>> = {
    smtp: (at) => startSmtp(parts, at, "smtp", tls),
    submission: (at) => startSmtp(parts, at, "submission", tls),
    qmtp: (at) => startQmtp(parts, at),
    link: (at) => startLink(parts, at),
    http: (at) => parts.http(at),
    pop3: (at) => startPop3Server({ ...at, name: config.host, tls, log: parts.log }, { open: parts.logIn }),
  };
  const open: Open[] = [];
  const listen: Record<string, string | string[]> = {};
  try {
    for (const [key, start] of Object.entries(starters)) {
      const shown: string[] = [];
      for (const at of config.listen[key as keyof NodeConfig["listen"]]) {
        const opened = await start(at).catch((error: unknown) => {
          throw explained(error, key, at);
        });
        open.push(opened);
        shown.push(formatListen(opened));
      }
      if (shown.length > 0) listen[key] = shown.length === 1 ? (shown[0] ?? "") : shown;
    }
  } catch (error) {
    await Promise.all(open.map((one) => one.close()));
    throw error;
  }
  return { listen, close: async () => void (await Promise.all(open.map((one) => one.close()))) };
}

/** The protocols' libraries open their sockets themselves: what the system said is found, and told with its cure. */
function explained(error: unknown, key: string, at: Listen): unknown {
  const system = [error, error instanceof Error ? error.cause : undefined].find(
    (one): one is NodeJS.ErrnoException => one instanceof Error && "syscall" in one,
  );
  return system === undefined ? error : listenError(at, system, `${key}.listen`);
}

function startSmtp(
  parts: NodeParts,
  at: Listen,
  kind: "smtp" | "submission",
  tls: { key: string; cert: string },
): Promise<Open> {
  const { config, engine, route, store, space, log } = parts;
  const policy = frontDoor({
    listener: kind,
    limitOf: (entrance, sender) => engine.limitOf(entrance, sender),
    accept: engine.accept,
    route,
    rules: config.smtpRules,
    defaults: (address) => ({ allow: true, relay: parts.loopbackRelays && isLoopback(address) }),
    store,
    space,
    ...(kind === "submission"
      ? { authenticate: async (login: string, password: string) => (await parts.logIn(login, password)) !== undefined }
      : {}),
    ...(parts.probe === undefined ? {} : { probe: parts.probe }),
    log,
  });
  const { message, connections, perAddress } = config.limits;
  return startSmtpServer(
    {
      ...at,
      name: config.host,
      kind,
      maxMessage: message,
      tls,
      maxClients: connections,
      maxPerAddress: perAddress,
      log,
    },
    policy,
  );
}

function startQmtp(parts: NodeParts, at: Listen): Promise<Open> {
  const { config, engine, store, space, log } = parts;
  return serveQmtp({
    ...at,
    rules: config.qmtpRules,
    accept: engine.accept,
    partial: store.partial,
    maxMessage: config.limits.message,
    maxClients: config.limits.connections,
    space,
    ...(parts.onOfficeLeft === undefined ? {} : { onOfficeLeft: parts.onOfficeLeft }),
    log,
  });
}

function startLink(parts: NodeParts, at: Listen): Promise<Open> {
  return listenPsk({
    ...at,
    ...parts.link,
    alpn: ALL_ALPN,
    onRefused: (peer, reason) => parts.log("link-refused", { peer, reason }),
  });
}

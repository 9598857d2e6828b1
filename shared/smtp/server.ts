import type { AddressInfo, Socket } from "node:net";
import { SMTPServer } from "smtp-server";
import type { SMTPConnectionOptions } from "smtp-server/lib/smtp-connection.js";
import type { SMTPServerOptions, SMTPServerSession } from "smtp-server/lib/types.js";
import { oneLine } from "#shared/mail/outcome.js";
import { Admission } from "./admission.ts";
import { CLOSE_GRACE_MS, IDLE_MS, LAST_WORD_MS, MAX_CLIENTS, MAX_LINE, MAX_PER_ADDRESS } from "./limits.ts";
import { LoginGuard } from "./login-guard.ts";
import { Session } from "./session.ts";
import type { SmtpListenOptions, SmtpPolicy, SmtpServerHandle } from "./types.ts";

/**
 * Listens for SMTP. A message is promised by the owner's `message` alone: 250 goes out when it resolved, and a
 * crash before that leaves whatever the owner left. Rejects when the address cannot be listened on.
 */
export async function startSmtpServer(options: SmtpListenOptions, policy: SmtpPolicy): Promise<SmtpServerHandle> {
  const server = new Server(options, policy);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  server.removeAllListeners("error");
  // Also accept() failures (EMFILE): the library keeps listening, and an unheard 'error' would end the process.
  server.on("error", (error) => options.log("smtp-error", { error: oneLine(error.message) }));
  const { address, port } = server.server.address() as AddressInfo;
  return {
    host: address,
    port,
    connections: () => server.sockets.size,
    close: (graceMs = CLOSE_GRACE_MS) => server.shutDown(graceMs),
  };
}

class Server extends SMTPServer {
  readonly sockets = new Set<Socket>();
  readonly #options: SmtpListenOptions;
  readonly #policy: SmtpPolicy;
  readonly #admission: Admission;
  #stopping: boolean = false;
  readonly #sessions = new WeakMap<SMTPServerSession, { session: Session; guard: LoginGuard }>();

  constructor(options: SmtpListenOptions, policy: SmtpPolicy) {
    super(libraryOptions(options));
    this.#options = options;
    this.#policy = policy;
    this.#admission = new Admission({
      maxClients: options.maxClients ?? MAX_CLIENTS,
      maxPerAddress: options.maxPerAddress ?? MAX_PER_ADDRESS,
    });
  }

  override connect(socket: Socket, library?: SMTPConnectionOptions | null): void {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:/i, "");
    const admitted = this.#admit(address);
    if (typeof admitted === "string") {
      this.#turnAway(socket, address, admitted);
      return;
    }
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      this.#admission.leave(address, admitted.relay);
    });
    const context = {
      options: this.#options,
      idleMs: this.#options.idleMs ?? IDLE_MS,
      policy: this.#policy,
      admitted,
    };
    const session = new Session(context, this, socket, library);
    const guard = new LoginGuard(this.#policy, this.#options.log, address);
    this.#sessions.set(session.session, { session, guard });
    this.connections.add(session);
    session.on("error", (error: Error) => {
      this.#options.log("smtp-error", { peer: address, error: oneLine(error.message) });
    });
    session.init();
  }

  /** What the rules say, or the reply that turns the client away. A greeting has no enhanced code (RFC 2034 §3). */
  #admit(address: string): { relay: boolean; office?: string } | string {
    // Accepted by the kernel just before we stopped listening.
    if (this.#stopping) return `421 ${this.#options.name} Server is shutting down`;
    try {
      const { allow, ...admitted } = this.#policy.connect(address);
      if (!allow) return `554 ${this.#options.name} No SMTP service for you here`;
      const place = this.#admission.enter(address, admitted.relay);
      if (place === "ok") return admitted;
      return `421 ${this.#options.name} Too many connections${place === "full" ? "" : " from your address"}, try later`;
    } catch (error) {
      this.#options.log("smtp-error", { peer: address, error: oneLine(String(error)) });
      return `421 ${this.#options.name} Internal trouble here, try again later`;
    }
  }

  #turnAway(socket: Socket, address: string, reply: string): void {
    this.#options.log("smtp-refused-client", { peer: address, reason: reply });
    // A reset from a peer that is being sent away is no news.
    socket.on("error", () => {});
    socket.end(`${reply}\r\n`);
    socket.resume();
    setTimeout(() => socket.destroy(), LAST_WORD_MS).unref();
  }

  override onAuth: SMTPServer["onAuth"] = (auth, session, callback) => {
    const entry = this.#sessions.get(session);
    if (entry === undefined) return callback(new Error("No such session"));
    entry.guard.check(auth.username ?? "", auth.password ?? "").then(
      (result) => {
        if (result === "right") return callback(null, { user: auth.username });
        if (result === "wrong")
          return callback(null, { responseCode: 535, message: "5.7.8 Login or password is wrong" });
        callback(Object.assign(new Error("4.7.0 Too many wrong passwords"), { responseCode: 421 }));
      },
      (error: unknown) => {
        this.#options.log("smtp-error", { peer: session.remoteAddress, error: oneLine(String(error)) });
        callback(Object.assign(new Error("4.3.0 Internal trouble here, try again later"), { responseCode: 454 }));
      },
    );
  };

  override onData: SMTPServer["onData"] = (data, session, callback) => {
    const entry = this.#sessions.get(session);
    if (entry === undefined) return callback(new Error("No such session"));
    entry.session.receive(data, callback).catch((error: unknown) => {
      this.#options.log("smtp-error", { peer: session.remoteAddress, error: oneLine(String(error)) });
      entry.session.close();
    });
  };

  async shutDown(graceMs: number): Promise<void> {
    this.#stopping = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const dismiss = (all: boolean): void => {
      for (const session of this.connections as Set<Session>) session.dismiss(all);
    };
    dismiss(false);
    const last = setTimeout(() => dismiss(true), graceMs);
    // Sessions end by themselves after their message; sockets whose peer does not hang up are cut.
    const cut = setInterval(() => {
      if (this.connections.size > 0) return;
      clearInterval(cut);
      setTimeout(() => {
        for (const socket of this.sockets) socket.destroy();
      }, LAST_WORD_MS).unref();
    }, 50);
    await closed;
    clearTimeout(last);
    clearInterval(cut);
  }
}

function libraryOptions(options: SmtpListenOptions): SMTPServerOptions {
  return {
    name: options.name,
    banner: "qrelay",
    heloResponse: "%s",
    size: options.maxMessage,
    logger: false,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    hideSTARTTLS: options.tls === undefined,
    authMethods: ["PLAIN", "LOGIN"],
    authOptional: true,
    // Whether AUTH is offered at all is decided per session; on loopback it needs no TLS.
    allowInsecureAuth: true,
    maxAllowedUnauthenticatedCommands: false,
    maxCommandLength: MAX_LINE + 2,
    socketTimeout: options.idleMs ?? IDLE_MS,
    // RFC 8314 §4.1; the library's default still lets TLS 1.0 in.
    minVersion: "TLSv1.2",
    ...(options.tls === undefined ? {} : options.tls),
  };
}

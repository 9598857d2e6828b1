import Fastify, { type FastifyInstance } from "fastify";
import type { Outcome } from "#shared/mail/outcome.js";

/**
 * What a watchdog may ask without a login. /healthz says that the process answers (also with the link down: an
 * office without a link is well); /readyz that it takes mail.
 */
export interface HealthOptions {
  /** Why new mail is deferred at the moment. */
  readonly space: () => Outcome | undefined;
}

/** Requests have no body and short headers here. */
const BODY_LIMIT = 16 * 1024;
const REQUEST_MS = 10_000;

export function healthApp({ space }: HealthOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
  });
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const full = space();
    if (full === undefined) return { status: "ready" };
    return reply.code(503).send({ status: "not ready", reason: full.text });
  });
  return app;
}

/** Opens the app on one address; the port is the one in use, also when 0 was asked for. */
export interface HttpListener {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

import type { Listen } from "#shared/config/listen.js";
import { type HealthOptions, type HttpListener, healthApp } from "#shared/web/health.js";

/** Serves HTTP on one address. */
export async function serveHttp(at: Listen, options: HealthOptions): Promise<HttpListener> {
  const app = healthApp(options);
  await app.listen(at);
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : at.port;
  return { host: at.host, port, close: () => app.close() };
}

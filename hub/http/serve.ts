import type { Listen } from "#shared/config/listen.js";
import { type HealthOptions, type HttpListener, healthApp } from "#shared/web/health.js";
import { type ApiContext, registerApi } from "./api/register.ts";

/** Serves HTTP on one address. */
export async function serveHttp(at: Listen, options: HealthOptions & ApiContext): Promise<HttpListener> {
  const app = healthApp(options);
  registerApi(app, options);
  await app.listen(at);
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : at.port;
  return { host: at.host, port, close: () => app.close() };
}

import { defineConfig, mergeConfig } from "vitest/config";
import shared from "./vitest.config.ts";

// Real processes and other people's programs, the larger share: `npm run test:interop`. Not in `npm test`.
export default mergeConfig(
  { ...shared, test: { ...shared.test, include: [] } },
  defineConfig({ test: { include: ["test/interop/**/*.interop.ts"], testTimeout: 180_000, hookTimeout: 60_000 } }),
);

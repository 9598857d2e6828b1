import { execSync } from "node:child_process";
import { it } from "vitest";
import { makeStar, qrelay } from "../support/star.ts";

it("x", async () => {
  const t = Date.now();
  const star = await makeStar({
    dir: "/tmp/lk",
    offices: ["mazar", "herat"],
    people: { holly: "mazar", bob: "kabul", zeno: "herat" },
    passwords: { holly: "secret-holly" },
    sink: true,
  });
  console.log(
    Date.now() - t,
    execSync("cat /tmp/lk/mazar/spoke.toml; grep -v '^#' /tmp/lk/hub/hub.toml; find /tmp/lk").toString(),
  );
}, 60000);

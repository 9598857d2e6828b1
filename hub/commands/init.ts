import { resolve } from "node:path";
import type { Command } from "commander";
import { HUB_FILE, type HubConfig, newHubToml, parseHubConfig } from "#hub/config.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { valueOrFailure } from "#shared/config/load-config.js";
import { applySet } from "#shared/config/set-key.js";
import { canonicalDomain } from "#shared/mail/address.js";
import { makeHub } from "./make-hub.ts";
import { explained } from "./open-hub.ts";

interface InitOptions {
  domain: string;
  office: string;
  host?: string;
  postmaster?: string;
  set: string[];
}

/** `qrelay hub init`: the folder of a new hub, ready for `run`. */
export function register(parent: Command, io: Io): void {
  const init = parent
    .command("init")
    .description("Makes the hub's folder: configuration, directory, queues and the role addresses")
    .requiredOption("--domain <domain>", "the organisation's domain")
    .requiredOption("--office <name>", "the office where the hub stands")
    .option("--host <fqdn>", "the hub's own host name (else OFFICE.DOMAIN)")
    .option("--postmaster <address>", "who gets postmaster's mail (else a mailbox here)")
    .option("--set <key=value>", "writes a key of hub.toml; may be repeated", collect, []);
  describe(
    init,
    [
      "qrelay hub init --domain example.org --office kabul",
      "qrelay hub init --dir ./hub --domain example.org --office kabul --set smtp.listen=127.0.0.1:2525",
    ],
    [
      [EXIT.badData, "domain, office, host or postmaster cannot be used"],
      [EXIT.cannotCreate, "there is a hub already, or the folder cannot be written"],
      [EXIT.config, "a key set with --set cannot be used"],
    ],
  );
  init.action((options: InitOptions, command: Command) =>
    explained(async () => {
      const g = globals(command);
      const { text, config } = configuration(resolve(dataFolder(io, g, "hub")), options);
      const made = await makeHub(config, text, options.postmaster);
      answer(io, g, story(config, made.postmaster).join("\n"), {
        dir: config.dir,
        domain: config.domain,
        office: config.office,
        host: config.host,
        postmaster: made.postmaster,
      });
    }),
  );
}

function configuration(dir: string, options: InitOptions): { text: string; config: HubConfig } {
  const domain = canonicalDomain(options.domain);
  const office = options.office;
  const host = canonicalDomain(options.host ?? `${office}.${domain}`);
  const text = options.set.reduce(applySet, newHubToml({ domain, office, host }));
  return { text, config: valueOrFailure(HUB_FILE, parseHubConfig(text, dir)) };
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function story(config: HubConfig, postmaster: string): string[] {
  return [
    `Made the hub of ${config.domain} in ${config.dir}`,
    `postmaster, abuse, root and mailer-daemon go to ${postmaster}`,
    "Next: `qrelay hub office add NAME`, `qrelay hub person add NAME --office OFFICE`, `qrelay hub run`",
  ];
}

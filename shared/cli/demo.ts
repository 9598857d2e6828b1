import type { Command } from "commander";
import type { Io } from "./program.ts";
export function register(parent: Command, _io: Io): void {
  parent.command("demo");
}

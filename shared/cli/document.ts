import type { Command } from "commander";
import type { Io } from "./io.ts";

/** The help of every command of a tree as one page, made from the declarations themselves. */
export function documentCommands(tree: Command, title: string): string {
  const pages = leaves(tree).map((command) => `## \`${fullName(command)}\`\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`);
  return `# ${title}\n\nMade from the commands' own help (\`npx vitest run test/commands-page.test.ts -u\`).\n\n${pages.join("\n")}`;
}

function leaves(command: Command): Command[] {
  const own = command.commands.length === 0 || hasAction(command) ? [command] : [];
  return [...own, ...command.commands.flatMap(leaves)];
}

/** `queue` acts by itself and has `queue show` below it. */
function hasAction(command: Command): boolean {
  return command.parent !== null && command.registeredArguments.length > 0;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 110 }).outputHelp();
  return text.trimEnd();
}

/** Building a tree to read it needs no process. */
export const NO_IO: Io = { out: () => undefined, err: () => undefined, stdin: process.stdin, tty: false, env: {} };

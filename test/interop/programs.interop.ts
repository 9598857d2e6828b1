import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flush, mailbox, type NodeProcess, NODE_AND_QRELAY, qrelay, startNode } from "../support/star.ts";
import { has } from "./programs.ts";
import { delivered, runningHub, scene } from "./scene.ts";
import { runProgram } from "./stand-ins.ts";

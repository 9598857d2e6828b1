import type { Socket } from "node:net";

/**
 * Writes, and resolves when the socket can take more: a peer slower than we are holds us up and not memory.
 * Rejects when the connection is gone.
 */
export async function writeSocket(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  if (socket.destroyed) throw new Error("The connection is closed");
  if (!socket.write(bytes)) await drained(socket);
}

/** Resolves when the connection is gone. */
export function socketClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      socket.off("drain", settle);
      socket.off("close", settle);
      if (socket.destroyed) reject(new Error("The connection is closed"));
      else resolve();
    };
    socket.on("drain", settle);
    socket.on("close", settle);
  });
}

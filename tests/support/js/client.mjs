// A socket.io-client that a test drives: one JSON command on each line of standard
// input, one JSON line on standard output for each answer and each event heard.

import { createInterface } from "node:readline";
import { Manager } from "socket.io-client";

const [url, transport] = process.argv.slice(2);
const manager = new Manager(url, { transports: [transport], reconnection: false });
const sockets = new Map();

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const hear = (namespace, event, ...args) => say({ heard: { namespace, event, args } });

const commands = {
  join({ namespace, auth }) {
    const socket = manager.socket(namespace, { auth });
    sockets.set(namespace, socket);
    socket.on("connect", () => hear(namespace, "connect"));
    socket.on("connect_error", (error) =>
      hear(namespace, "connect_error", { message: error.message, data: error.data }),
    );
    socket.on("disconnect", (reason) => hear(namespace, "disconnect", reason));
    socket.onAny((event, ...args) => hear(namespace, event, ...args));
    socket.connect();
  },
  emit({ namespace, event, args }) {
    sockets.get(namespace).emit(event, ...args);
  },
  call({ id, namespace, event, args }) {
    sockets.get(namespace).emit(event, ...args, (...answer) => say({ id, answer }));
  },
  leave({ namespace }) {
    sockets.get(namespace).disconnect();
  },
};

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
});
lines.on("close", () => {
  manager._close();
  for (const socket of sockets.values()) socket.disconnect();
});

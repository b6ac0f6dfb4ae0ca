// A socket.io-client that a test drives: one JSON command on each line of standard
// input, one JSON line on standard output for each answer and each event heard.

import { createInterface } from "node:readline";
import { Manager } from "socket.io-client";
import { peer } from "./peer.mjs";

const [url, transport, reconnects] = process.argv.slice(2);
const manager = new Manager(url, {
  transports: [transport],
  reconnection: reconnects === "reconnects",
  reconnectionDelay: 50,
});
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const commands = peer(manager, say);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
});
lines.on("close", () => {
  manager._close();
  commands.close();
});

// A client that is compiled against the module that nsroute writes, and talks to a real
// server: it prints one line of JSON with all that it was told.

import { io } from "socket.io-client";
import { isFailure, roomNamespace } from "./api.js";
import type { Answer, Failure, Refusal, RoomAuth, RoomSocket, Said } from "./api.js";

const [url, transport] = process.argv.slice(2);

function join(roomId: number, user: string): RoomSocket {
  const auth: RoomAuth = { user };
  return io(url + roomNamespace({ roomId }), { auth, transports: [transport as "polling"], reconnection: false });
}

function code(answer: Answer<unknown>): string {
  return isFailure(answer) ? answer.error.code : "none";
}

const ann = join(42, "ann");
const heard: [Said, string][] = [];
const said = new Promise<void>((resolve) => {
  ann.on("said", (what, byWhom) => {
    heard.push([what, byWhom]);
    resolve();
  });
});
ann.on("are you sure?", (question, answer) => answer(question === "really?", "quite"));
ann.on("draw", (seed, answer) => answer(new Uint8Array(seed).map((byte) => byte + 1)));

const told: Record<string, unknown> = {};
const length = await ann.emitWithAck("say", { text: "hello" });
told.length = isFailure(length) ? length.error.message : length + 1;
await said;
told.heard = heard;
told.colour = heard[0]?.[0].colour.toUpperCase();
told.tags = heard[0]?.[0].inside.tags.map((tag) => tag.length);
told.to_one = await ann.emitWithAck("say", { text: "hello", colour: "blue", inside: {} }, "bob");
const nothing: Answer<number> = await ann.emitWithAck("say", { text: "nothing" });
told.own_code = code(nothing);
const sized: Answer<number> = await ann.emitWithAck("say", JSON.parse('{"text": 5}') as Said);
told.invalid = isFailure(sized) && sized.error.details;
told.sum = await ann.emitWithAck("point", 1, 2, 3, 4);
told.one = await ann.emitWithAck("point", 1);
const picture = await ann.emitWithAck("reverse", new Uint8Array([1, 2, 3]));
told.reversed = isFailure(picture) ? [] : [...new Uint8Array(picture)];
const drawn = await ann.emitWithAck("picture");
told.drawn = isFailure(drawn) ? [] : [...new Uint8Array(drawn)];
told.asked = await new Promise((resolve) => {
  ann.emit("ask me", "really?", (...answer: [boolean, string] | [Failure]) => resolve(answer));
});
const left: Answer<undefined> = await ann.emitWithAck("leave early");
told.left = left === undefined;
const nick: Answer<string | undefined> = await ann.emitWithAck("nick", null);
told.nick = nick === undefined;
told.cursor = code(await ann.emitWithAck("cursor:left", 5));
ann.emit("cursor:left", 5); // without a function for the answer
ann.emit("point", 1, 2);
told.after = await ann.timeout(10_000).emitWithAck("point", 5);

const eve = join(42, "eve");
told.refused = await new Promise((resolve) => {
  eve.on("connect_error", (error: Refusal) => resolve([error.message, error.data?.code, error.data?.details]));
});
ann.disconnect();
eve.disconnect();
console.log(JSON.stringify(told));

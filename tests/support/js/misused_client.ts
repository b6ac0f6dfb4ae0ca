// Misuse of the module that nsroute writes: the compiler refuses each line that is marked.

import { io } from "socket.io-client";
import { isFailure, kindsNamespace, plainNamespace, roomNamespace, several2Namespace } from "./api.js";
import type { RoomAuth, RoomSocket, Said, SaidInput } from "./api.js";

const room: RoomSocket = io("http://localhost" + roomNamespace({ roomId: 42 }));

// @ts-expect-error - a name
roomNamespace({ room_id: 42 });
// @ts-expect-error - a type
roomNamespace({ roomId: "42" });
// @ts-expect-error - nothing
roomNamespace();
// @ts-expect-error - one more
roomNamespace({ roomId: 42, other: 1 });
// @ts-expect-error - not a UUID
kindsNamespace({ id: "42" });
kindsNamespace({ id: "6f9619ff-8b86-d011-b42d-00c04fc964ff" });
// @ts-expect-error - a word that there is not
several2Namespace({ team: "x", language: "fr" });
several2Namespace({ team: "x", language: "de" });
several2Namespace({ rest: "x/y" });
// @ts-expect-error - parameters of no pattern
plainNamespace({ someName: "ab" });
plainNamespace({});

// @ts-expect-error - an event that there is not
room.emit("shout", "x");
// @ts-expect-error - a field that there is not
room.emit("say", { txt: "x" });
// @ts-expect-error - a field of another type
room.emit("say", { text: 5 });
// @ts-expect-error - a colour that there is not
room.emit("say", { text: "x", colour: "green" });
// @ts-expect-error - a field too many
room.emit("say", { text: "x", loud: true });
// @ts-expect-error - no argument
room.emit("say");
// @ts-expect-error - one argument too many
room.emit("say", { text: "x" }, "bob", 5);
// @ts-expect-error - text is not binary
room.emit("reverse", "abc");
// @ts-expect-error - a number in a rest
room.emit("point", 1, 2, "3");
// @ts-expect-error - an argument of an event with a prefix
room.emit("cursor:left", "x");
// @ts-expect-error - an answer of another type
room.emit("say", { text: "x" }, (answer: string) => answer);

// @ts-expect-error - an event that the server does not send
room.on("shouted", () => {});
// @ts-expect-error - a field that is not sent
room.on("said", (said) => said.txt);
// @ts-expect-error - an argument too many
room.on("said", (said, byWhom, more) => more);
// @ts-expect-error - an argument of another type
room.on("said", (said: string) => said);
// @ts-expect-error - the answer of another type
room.on("are you sure?", (question, answer) => answer("yes", "quite"));
// @ts-expect-error - half an answer
room.on("are you sure?", (question, answer) => answer(true));
// @ts-expect-error - no event with an answer
room.on("said", (said, byWhom, answer: () => void) => answer());

// @ts-expect-error - a field that auth does not have
export const auth: RoomAuth = { name: "ann" };

export async function ask(): Promise<number> {
  const answer = await room.emitWithAck("say", { text: "x" });
  // @ts-expect-error - it may be a failure
  answer.toFixed();
  // @ts-expect-error - another type
  const text: string = answer;
  // @ts-expect-error - the arguments are checked as well
  await room.emitWithAck("say", 5);
  return isFailure(answer) ? text.length : answer;
}

// What the server sends has all its fields, and may be sent back.
export const sent = (said: Said): [string, number, SaidInput] => [said.colour, said.inside.tags.length, said];
// @ts-expect-error - a client may leave out what has a default
export const input = (said: SaidInput): string => said.colour;

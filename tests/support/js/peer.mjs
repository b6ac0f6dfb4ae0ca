// A socket.io-client that takes commands and tells what it hears, in Node and in a
// browser. Binary is `{ bytes: [1, 2] }` in commands and in what it tells.

export function peer(manager, say) {
  const sockets = new Map();
  const hear = (namespace, event, ...args) =>
    say({ heard: { namespace, event, args: told(args) } });

  return {
    join({ namespace, auth }) {
      const socket = manager.socket(namespace, { auth }); // it connects by itself
      sockets.set(namespace, socket);
      socket.on("connect", () => hear(namespace, "connect"));
      socket.on("connect_error", (error) =>
        hear(namespace, "connect_error", { message: error.message, data: error.data }),
      );
      socket.on("disconnect", (reason) => hear(namespace, "disconnect", reason));
      socket.onAny((event, ...args) => {
        // What the server waits for is acknowledged, without a value.
        if (typeof args.at(-1) === "function") args.pop()();
        hear(namespace, event, ...args);
      });
    },
    emit({ namespace, event, args }) {
      sockets.get(namespace).emit(event, ...given(args));
    },
    call({ id, namespace, event, args }) {
      const answer = (...values) => say({ id, answer: told(values) });
      sockets.get(namespace).emit(event, ...given(args), answer);
    },
    // What becomes of an event that is waited for, but not for ever.
    attempt({ id, namespace, event, args, milliseconds }) {
      const socket = sockets.get(namespace).timeout(milliseconds);
      const attempt = async () => socket.emitWithAck(event, ...given(args));
      attempt().then(
        (value) => say({ id, answer: told(value === undefined ? [] : [value]) }),
        (error) => say({ id, failure: error.message }),
      );
    },
    join_again({ namespace }) {
      sockets.get(namespace).connect();
    },
    leave({ namespace }) {
      sockets.get(namespace).disconnect();
    },
    close() {
      for (const socket of sockets.values()) socket.disconnect();
    },
  };
}

function told(value) {
  if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
  if (ArrayBuffer.isView(value)) return { bytes: [...value] };
  return inside(value, told);
}

function given(value) {
  // An `ArrayBuffer`: the parser msgpack makes an object of anything else.
  return value?.bytes ? Uint8Array.from(value.bytes).buffer : inside(value, given);
}

function inside(value, change) {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, change(v)]));
}

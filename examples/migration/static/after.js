// The room is the namespace: connecting to it is joining it.
const socket = io(`/rooms/${room}`, { auth: { name } });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("say", form[0].value, (failed) => {
    problem.value = failed?.error.message ?? "";
    if (!failed) form.reset();
  });
});

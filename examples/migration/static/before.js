// One namespace for all: the page asks for its room, each time that it connects.
const socket = io({ auth: { name } });

socket.on("connect", () => socket.emit("join", room));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("say", form[0].value, (failed) => {
    problem.value = failed?.error ?? "";
    if (!failed) form.reset();
  });
});

/* A button in each block of code copies it: without prompts, and without what a console
   prints. Where the browser has no clipboard, there is no button. */

const TYPED = "\u0000";

const codeOf = (block) => {
  const code = block.querySelector("pre").cloneNode(true);
  const prompts = code.querySelectorAll(".gp");
  if (prompts.length === 0) return code.textContent;
  prompts.forEach((prompt) => { prompt.textContent = TYPED; });
  const lines = code.textContent.split("\n").filter((line) => line.startsWith(TYPED));
  return lines.map((line) => `${line.slice(TYPED.length)}\n`).join("");
};

const withButton = (block) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(codeOf(block));
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.append(button);
};

if (navigator.clipboard) {
  document
    .querySelectorAll("[class*=highlight-]:not(.highlight-text) > div.highlight")
    .forEach(withButton);
}

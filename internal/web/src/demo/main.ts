import "../look/tokens.css";
import "../look/base.css";
import "./demo.css";

const state = document.getElementById("state");
const widget = document.getElementById("widget");

/** Says what became of the chat button. */
function say(text: string): void {
  if (state) state.textContent = text;
}

// The widget's script may have run before this one.
if ("usher" in window) say("The chat button is at the bottom of this page.");
window.addEventListener("usher:ready", () => say("The chat button is at the bottom of this page."));
widget?.addEventListener("error", () => say("The chat button did not load. Look into the server's log, then load this page again."));

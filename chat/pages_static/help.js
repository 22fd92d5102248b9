// What of the support centre needs the chat window: buttons that open it stay hidden where there is no script.
"use strict";

function chat(...call) {
  if (window.Nightdesk) return void window.Nightdesk(...call);
  document.querySelector("script[data-site]").addEventListener("load", () => window.Nightdesk(...call), { once: true });
}

for (const button of document.querySelectorAll("[data-chat]")) {
  button.hidden = false;
  button.addEventListener("click", () => chat("open"));
}

for (const button of document.querySelectorAll("[data-form]")) {
  button.hidden = false;
  button.addEventListener("click", () => chat("show", { form: button.dataset.form }));
}

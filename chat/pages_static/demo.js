// What the pages of any site do that knows its users: they tell the chat window who is signed in, with a token signed
// by the site's own back end. Nothing here is needed for the window itself; that is the one line in the page.
"use strict";

const widget = document.querySelector("script[data-site]");
const { site } = widget.dataset;
const person = document.body.dataset.person;
const remembered = `demo-person:${site}`;

async function getToken() {
  const answer = await fetch(`/demo/identity?site=${site}&as=${encodeURIComponent(person)}`);
  if (!answer.ok) throw new Error(`The demo site could not sign: ${answer.status}`);
  return (await answer.json()).token;
}

async function tellWhoIsHere() {
  if (person) {
    localStorage.setItem(remembered, person);
    await Nightdesk("identify", { getToken });
  } else if (localStorage.getItem(remembered)) {
    await Nightdesk("logout");
    localStorage.removeItem(remembered);
  }
}

if (window.Nightdesk) tellWhoIsHere();
else widget.addEventListener("load", tellWhoIsHere);

for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => window.Nightdesk?.("open"));
}

// Opens the window at the form of a kind of case, filled with what the button stands beside.
for (const button of document.querySelectorAll("[data-form]")) {
  const { form, order } = button.dataset; // the number of an order or a transaction
  button.addEventListener("click", () => window.Nightdesk?.("show", { form, order }));
}

/* A statement edited on the page of its claim. Without this script its link leads to its own page. */
"use strict";

(() => {
  const dialog = document.createElement("dialog");
  dialog.className = "in-place";
  dialog.setAttribute("aria-labelledby", "in-place-heading");
  let opener = null; // the address of the statement whose form is open
  let typed = false;
  let keeper = null; // of what is typed, in this browser

  function inPlace(address) {
    return `${address}?_in_place=1`;
  }

  async function text(address, options) {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    // Logged out, one is sent to the log-in page, which belongs in no dialog.
    if (answer.redirected || !answer.ok) {
      throw new Error(`${answer.status} ${answer.statusText}`);
    }
    return answer;
  }

  /* Say above the form why it is not saved; one message at a time. */
  function say(message = "") {
    dialog.querySelector(".not-sent")?.remove();
    const place = document.createElement("p");
    place.className = "errornote not-sent";
    place.setAttribute("role", "alert");
    place.textContent = message;
    dialog.prepend(place);
    return place;
  }

  function show(html) {
    dialog.innerHTML = html;
    typed = false;
    const form = dialog.querySelector("form");
    keeper = window.unsaved.keep(form, { address: window.unsaved.addressOf(form.action) });
    const wrong = dialog.querySelector(".errorlist ~ * input, .errors input, .errors select, .errors textarea");
    (wrong || dialog.querySelector("select, input:not([type=hidden]), textarea")).focus();
  }

  async function open(link) {
    opener = link.getAttribute("href");
    try {
      const answer = await text(inPlace(opener));
      document.body.append(dialog);
      dialog.showModal();
      show(await answer.text());
    } catch {
      window.location.assign(opener);
    }
  }

  async function refresh() {
    const answer = await text(window.location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const place of ["#sides", "#consequences"]) {
      const old = document.querySelector(place);
      const fresh = page.querySelector(place);
      if (old && fresh) {
        old.replaceWith(fresh);
      }
    }
    const messages = page.querySelector(".messagelist");
    document.querySelector(".messagelist")?.remove();
    if (messages) {
      messages.setAttribute("role", "status");
      document.querySelector("#content").before(messages);
    }
  }

  async function save(form, button) {
    const given = new FormData(form, button);
    button.disabled = true;
    try {
      const answer = await window.unsaved.send(form.action, given);
      if (answer.redirected || !answer.ok) {
        throw new Error(`${answer.status} ${answer.statusText}`);
      }
      if (answer.headers.get("Content-Type").startsWith("application/json")) {
        const result = await answer.json();
        if ("account" in result) {
          button.disabled = false;
          window.unsaved.tellWhoIsLoggedIn(say(), result, () => save(form, button));
          return;
        }
        typed = false;
        keeper.forget();
        dialog.close();
        await refresh();
        document.querySelector(`.edit-in-place[href="${opener}"]`)?.focus();
      } else {
        show(await answer.text());
        typed = true;
      }
    } catch (error) {
      button.disabled = false;
      say(`It could not be sent (${error.message}). Nothing was lost: try again.`);
    }
  }

  function close() {
    if (!typed || window.confirm("Close it and lose what you typed?")) {
      typed = false;
      keeper?.forget();
      dialog.close();
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.edit-in-place");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      open(link);
    }
  });
  dialog.addEventListener("input", () => {
    typed = true;
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    save(event.target, event.submitter || dialog.querySelector("[name=_save]"));
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest(".close-in-place")) {
      close();
    }
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    document.querySelector(`.edit-in-place[href="${opener}"]`)?.focus();
  });
})();

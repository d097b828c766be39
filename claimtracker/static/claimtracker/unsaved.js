/* What is typed and not saved yet. A page asks before it is left; the text is kept in this browser,
   for the account that typed it, until it is saved, for seven days at most, or until the log-out.
   Passwords and files are not kept. */
"use strict";

window.unsaved = (() => {
    const WEEK = 7 * 24 * 3600 * 1000;
    const MOST = 50; // drafts
    const LONGEST = 2_500_000; // characters of one draft; a browser keeps some five million in all
    const PREFIX = "draft:";
    const ENDED = "drafts-ended:";
    const TOKEN = "csrftoken";
    const SAVED = "saved_drafts";
    const NOT_KEPT = ["csrfmiddlewaretoken", "_account", "_draft", "_filled_in", "_popup", "_to_field"];
    const NO_TEXT = ["password", "file", "submit", "button", "image", "reset"];

    const meta = document.querySelector("meta[name=account]");
    let account = meta?.content ?? "";
    let isEnded = false; // logged out: nothing is kept any more
    let isSubmitted = false;
    const keepers = [];

    function cookie(name) {
        const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
        return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
    }

    // The drafts -------------------------------------------------------------------------------

    function keys(start) {
        try {
            return Object.keys(localStorage).filter((key) => key.startsWith(start));
        } catch {
            return []; // the browser keeps nothing for us
        }
    }

    function read(key) {
        try {
            return JSON.parse(localStorage.getItem(key));
        } catch {
            return null;
        }
    }

    function remove(key) {
        try {
            localStorage.removeItem(key);
        } catch {
            // Nothing is kept, so nothing stays.
        }
    }

    function byAge(start) {
        const found = keys(start).map((key) => ({ key, ...read(key) }));
        return found.sort((one, other) => other.at - one.at);
    }

    /* Remove what is saved, what is too old, and what is too much. */
    function tidy() {
        const saved = cookie(SAVED).split(".").filter(Boolean);
        const drafts = byAge(PREFIX);
        for (const [number, draft] of drafts.entries()) {
            const isOld = !(Date.now() - draft.at < WEEK) || !Array.isArray(draft.fields);
            if (isOld || number >= MOST || saved.includes(draft.id)) {
                remove(draft.key);
            }
        }
        if (saved.length) {
            document.cookie = `${SAVED}=; path=/; max-age=0; samesite=lax`;
        }
    }

    /* Write a draft; where there is no room, older ones make room. Return whether it is kept. */
    function write(key, draft) {
        const text = JSON.stringify(draft);
        if (text.length > LONGEST) {
            return false;
        }
        const others = byAge(PREFIX).filter((each) => each.key !== key);
        for (;;) {
            try {
                localStorage.setItem(key, text);
                return true;
            } catch {
                const oldest = others.pop();
                if (!oldest) {
                    return false;
                }
                remove(oldest.key);
            }
        }
    }

    function forgetAll() {
        isEnded = true;
        for (const key of keys(`${PREFIX}${account}:`)) {
            remove(key);
        }
        try {
            localStorage.setItem(`${ENDED}${account}`, String(Date.now()));
        } catch {
            // Other tabs are not told; they keep nothing either.
        }
    }

    // A form -----------------------------------------------------------------------------------

    function isOurs(control) {
        return (
            control.name &&
            !control.name.includes("__prefix__") &&
            !control.name.toLowerCase().includes("password") &&
            !NOT_KEPT.includes(control.name) &&
            !NO_TEXT.includes(control.type)
        );
    }

    function fieldsOf(form) {
        return [...form.elements].filter(isOurs).map((control) => {
            const field = { name: control.name, value: control.value };
            if (control.type === "checkbox" || control.type === "radio") {
                field.checked = control.checked;
            } else if (control.options) {
                field.chosen = [...control.selectedOptions].map((each) => [each.value, each.text]);
            } else if (control.type === "hidden") {
                field.hidden = true;
            }
            return field;
        });
    }

    const lines = (text) => text.replace(/\r\n?/g, "\n");

    /* Return whether somebody changed a control since the page was made. */
    function isChanged(control) {
        if (control.type === "file") {
            return control.files.length > 0;
        }
        if (!isOurs(control) || control.type === "hidden") {
            return false;
        }
        if (control.type === "checkbox" || control.type === "radio") {
            return control.checked !== control.defaultChecked;
        }
        if (control.options) {
            const options = [...control.options];
            const before = options.filter((each) => each.defaultSelected).map((each) => each.value);
            if (!before.length && !control.multiple && options.length) {
                before.push(options[0].value);
            }
            const now = [...control.selectedOptions].map((each) => each.value);
            return now.join("\n") !== before.join("\n");
        }
        return lines(control.value) !== lines(control.defaultValue);
    }

    function versionOf(form) {
        const stamps = [...form.querySelectorAll("input[type=hidden]")];
        return stamps
            .filter((each) => /(^|-)stamp$/.test(each.name))
            .map((each) => each.value)
            .join(" ");
    }

    function set(control, field) {
        if (field.chosen) {
            for (const [value, text] of field.chosen) {
                if (![...control.options].some((option) => option.value === value)) {
                    control.add(new Option(text, value));
                }
            }
            const chosen = field.chosen.map(([value]) => value);
            for (const option of control.options) {
                option.selected = chosen.includes(option.value);
            }
        } else if ("checked" in field) {
            control.checked = field.checked;
        } else {
            control.value = field.value;
        }
        if (!field.hidden) {
            control.dispatchEvent(new Event("input", { bubbles: true }));
            control.dispatchEvent(new Event("change", { bubbles: true }));
            const details = isChanged(control) && control.closest("details");
            if (details) {
                details.open = true;
            }
        }
    }

    function controlsOf(form, name) {
        return [...form.elements].filter((control) => control.name === name);
    }

    function valueOf(form, name) {
        return controlsOf(form, name)[0]?.value ?? "";
    }

    /* Find each row of a draft below the form's own row: by its id, as others may have added some
       meanwhile. What is not there is added. Return a function from a name then to one now. */
    function placesNow(form, draft) {
        const places = new Map();
        const then = new Map(draft.fields.map((field) => [field.name, field.value]));
        for (const name of then.keys()) {
            const prefix = name.match(/^(.+)-TOTAL_FORMS$/)?.[1];
            if (!prefix || !controlsOf(form, name).length) {
                continue;
            }
            const taken = new Set();
            for (let number = 0; number < Number(then.get(name)); number += 1) {
                const start = `${prefix}-${number}-`;
                const of = draft.fields.filter((each) => each.name.startsWith(start));
                const id = then.get(`${start}id`) ?? "";
                const isTyped = of.some(
                    (each) => !each.hidden && (each.checked ?? each.chosen?.some(([v]) => v) ?? each.value),
                );
                if (!id && !isTyped) {
                    continue;
                }
                const total = () => Number(valueOf(form, name));
                let place = 0;
                const fits = () =>
                    !taken.has(place) && valueOf(form, `${prefix}-${place}-id`) === id;
                while (place < total() && !fits()) {
                    place += 1;
                }
                if (place >= total() && id) {
                    // Somebody deleted it: what was typed makes a new one.
                    place = 0;
                    while (place < total() && (taken.has(place) || valueOf(form, `${prefix}-${place}-id`))) {
                        place += 1;
                    }
                }
                if (place >= total()) {
                    document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`)?.click();
                    place = total() - 1;
                    if (taken.has(place) || valueOf(form, `${prefix}-${place}-id`)) {
                        continue; // no more of them fit on the page
                    }
                }
                taken.add(place);
                places.set(start, `${prefix}-${place}-`);
            }
        }
        return (name) => {
            const start = name.match(/^.+-\d+-/)?.[0];
            if (!start || !then.has(start.replace(/\d+-$/, "TOTAL_FORMS"))) {
                return name;
            }
            return places.has(start) ? places.get(start) + name.slice(start.length) : null;
        };
    }

    function fill(form, draft) {
        const now = placesNow(form, draft);
        const isOfARow = /_form$/.test(form.id) || form.closest("dialog");
        for (const field of draft.fields) {
            const name = now(field.name);
            // With the stamp of then, the server says what others saved since.
            const isNeeded = !field.hidden || (isOfARow && /(^|-)stamp$/.test(field.name));
            if (name === null || !isNeeded) {
                continue;
            }
            const found = controlsOf(form, name);
            const control =
                "checked" in field ? found.find((each) => each.value === field.value) : found[0];
            if (control) {
                set(control, field);
            }
        }
    }

    function addressOf(url) {
        const { pathname, searchParams } = new URL(url, location.href);
        for (const name of ["_changelist_filters", "_popup", "_to_field"]) {
            searchParams.delete(name);
        }
        return [pathname, String(searchParams)].filter(Boolean).join("?");
    }

    function at(time) {
        const then = new Date(time);
        const isToday = then.toDateString() === new Date().toDateString();
        const hour = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
        const day = then.toLocaleDateString("en-GB", { day: "numeric", month: "long" });
        return isToday ? hour : `${day}, ${hour}`;
    }

    function element(name, properties = {}, ...children) {
        const made = Object.assign(document.createElement(name), properties);
        made.append(...children);
        return made;
    }

    /* Keeps what is typed into a form. */
    class Keeper {
        constructor(form, options = {}) {
            this.form = form;
            this.address = options.address ?? addressOf(location.href);
            this.start = `${PREFIX}${account}:${this.address}:`;
            this.version = options.version ?? (() => versionOf(form));
            this.isChanged = options.isChanged ?? (() => [...form.elements].some(isChanged));
            this.fill = options.fill ?? ((draft) => fill(form, draft));
            this.place = options.place ?? form;
            this.changedSince =
                options.changedSince ??
                "It was changed since; when you save, you are shown what differs.";
            // Shown again with what is wrong, a form holds what was typed before.
            this.cameBack = Boolean(form.querySelector(".errornote, .errorlist"));
            const drafts = byAge(this.start);
            this.id = this.cameBack && drafts.length ? drafts[0].id : "";
            // Of the row as it was when the typing began: it stays that of a draft restored.
            this.then = this.version();
            for (const event of ["input", "change", "click"]) {
                form.addEventListener(event, () => this.soon());
            }
            // What select2 does is told by jQuery only.
            window.django?.jQuery?.(form).on("change", () => this.soon());
            keepers.push(this);
            if (this.cameBack) {
                this.flush();
            } else if (account) {
                this.offer(drafts);
            }
        }

        get isUnsaved() {
            return this.form.isConnected && (this.cameBack || this.isChanged());
        }

        soon() {
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.flush(), 300);
        }

        /* Write the draft as the form is now. */
        flush() {
            clearTimeout(this.timer);
            if (!account || isEnded || !this.form.isConnected) {
                return;
            }
            if (!this.isUnsaved) {
                if (this.id) {
                    remove(this.start + this.id);
                }
                return;
            }
            this.id ||= Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
                byte.toString(36).padStart(2, "0"),
            ).join("");
            const fields = fieldsOf(this.form);
            const draft = { id: this.id, at: Date.now(), version: this.then, fields };
            draft.files = [...this.form.elements].some((each) => each.files?.length);
            this.say(write(this.start + this.id, draft));
        }

        say(isKept) {
            this.warning ??= element("p", { className: "draft-warning", hidden: true });
            this.warning.setAttribute("role", "status");
            if (!this.warning.isConnected) {
                this.place.prepend(this.warning);
            }
            this.warning.hidden = isKept;
            this.warning.textContent = isKept
                ? ""
                : "This browser has no room for a draft of this text. Save it before you leave.";
        }

        offer(drafts) {
            const [draft, ...more] = drafts;
            if (!draft) {
                return;
            }
            const words = [`You have unsaved work from ${at(draft.at)}.`];
            if (draft.version !== this.then) {
                words.push(this.changedSince);
            }
            if (draft.files) {
                words.push("Files are not kept: choose them again.");
            }
            const restore = element("button", { type: "button", className: "button" }, "Restore");
            const discard = element("button", { type: "button", className: "button" }, "Discard");
            const text = element("p", {}, words.join(" "));
            const box = element("div", { className: "draft-offer" }, text, restore, " ", discard);
            box.setAttribute("role", "group");
            box.setAttribute("aria-label", "Unsaved work");
            restore.addEventListener("click", () => {
                box.remove();
                this.id = draft.id;
                this.then = draft.version;
                this.fill(draft);
                this.flush();
            });
            discard.addEventListener("click", () => {
                box.remove();
                remove(draft.key);
                this.offer(more);
            });
            this.place.prepend(box);
        }

        /* The form was saved, or what it held is not wanted: keep nothing of it. */
        forget() {
            clearTimeout(this.timer);
            this.cameBack = false;
            if (this.id) {
                remove(this.start + this.id);
            }
            this.id = "";
            this.then = this.version();
        }
    }

    // Sending ----------------------------------------------------------------------------------

    function setHidden(form, name, value) {
        let input = form.querySelector(`input[type=hidden][name="${name}"]`);
        if (!input) {
            input = element("input", { type: "hidden", name });
            form.append(input);
        }
        input.value = value;
    }

    function onSubmit(event) {
        const form = event.target;
        if ((form.getAttribute("method") ?? "").toLowerCase() !== "post") {
            return;
        }
        // A log-in in another tab has changed the token.
        const token = form.querySelector("[name=csrfmiddlewaretoken]");
        if (token && cookie(TOKEN)) {
            token.value = cookie(TOKEN);
        }
        if (/\/logout\/$/.test(form.getAttribute("action") ?? "")) {
            forgetAll();
            return;
        }
        if (account && location.pathname.startsWith("/admin/")) {
            setHidden(form, "_account", account);
        }
        const keeper = keepers.find((each) => each.form === form);
        keeper?.flush();
        if (keeper?.id) {
            setHidden(form, "_draft", keeper.id);
        }
    }

    /* Once others had their say: what is sent by a script stays on its page. */
    function onSubmitted(event) {
        if (!event.defaultPrevented && event.target.target !== "_blank") {
            isSubmitted = true;
            setTimeout(() => {
                isSubmitted = false;
            }, 1000);
        }
    }

    /* Send a form by a script, with the token of now. Return the answer. */
    async function send(address, data) {
        if (!cookie(TOKEN)) {
            await fetch("/admin/login/");
        }
        data.set("csrfmiddlewaretoken", cookie(TOKEN));
        const headers = { "X-Account": account };
        return fetch(address, { method: "POST", body: data, headers, credentials: "same-origin" });
    }

    /* Say in a box that nobody is logged in, or another; ``again`` sends the form once more. */
    function tellWhoIsLoggedIn(box, answer, again) {
        if (answer.account === null) {
            const link = element("a", { href: "/admin/login/", target: "_blank" }, "Log in in another tab");
            link.rel = "noopener";
            box.replaceChildren(
                "You are logged out, so it is not saved yet. Nothing is lost. ",
                link,
                ", then save again here.",
            );
            return;
        }
        const { id, name } = answer.account;
        const button = element("button", { type: "button", className: "button" }, `Save as ${name}`);
        button.addEventListener("click", () => {
            account = String(id);
            again();
        });
        box.replaceChildren(
            `You are logged in as ${name} now, not as ${meta?.dataset.name}. It is not saved yet. `,
            button,
        );
    }

    // The page ---------------------------------------------------------------------------------

    tidy();
    document.addEventListener("submit", onSubmit, true);
    window.addEventListener("submit", onSubmitted);
    window.addEventListener("beforeunload", (event) => {
        if (!isSubmitted && keepers.some((each) => each.isUnsaved)) {
            event.preventDefault();
        }
    });
    window.addEventListener("pagehide", () => {
        for (const keeper of keepers) {
            keeper.flush();
        }
    });
    window.addEventListener("focus", tidy);
    window.addEventListener("storage", (event) => {
        if (event.key === `${ENDED}${account}`) {
            isEnded = true;
        }
    });

    const typed = "textarea, select, input:not([type=hidden], [type=submit], [type=button])";
    window.addEventListener("DOMContentLoaded", () => {
        if (!location.pathname.startsWith("/admin/")) {
            return;
        }
        for (const form of document.querySelectorAll("#content form[method=post]")) {
            if (form.querySelector(typed) && !form.matches("#changelist-form, #login-form, #record")) {
                new Keeper(form);
            }
        }
    });

    return { keep: (form, options) => new Keeper(form, options), send, tellWhoIsLoggedIn, addressOf, fieldsOf };
})();

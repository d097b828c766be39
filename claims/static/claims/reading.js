/* The reading desk: a passage of the text is selected, by mouse or by keyboard, and recorded in the
   form beside it. The text in the page is the text in the database, character by character: marks
   are elements around it, and their signs are drawn by the style. */
"use strict";
{
    const desk = document.getElementById("desk");
    const text = document.getElementById("text");
    const form = document.getElementById("record");
    const status = document.getElementById("status");

    function announce(words) {
        status.textContent = words;
    }

    /* Say what else one sees: it is read aloud only. */
    function speak(words) {
        document.getElementById("spoken").textContent = words;
    }

    // Places in the text -----------------------------------------------------------------------

    const words = text ? text.textContent : "";
    // Where each line begins.
    const starts = [];
    if (text) {
        let at = 0;
        for (const line of text.children) {
            starts.push(at);
            at += line.textContent.length;
        }
    }

    function lineAt(place) {
        let low = 0;
        let high = starts.length - 1;
        while (low < high) {
            const middle = Math.ceil((low + high) / 2);
            if (starts[middle] <= place) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /* The node and the offset in it of a place in the text. */
    function pointAt(place) {
        const number = lineAt(place);
        let left = place - starts[number];
        const walker = document.createTreeWalker(text.children[number], NodeFilter.SHOW_TEXT);
        let node = walker.nextNode();
        while (node && left > node.length) {
            left -= node.length;
            node = walker.nextNode();
        }
        return [node || text.children[number], node ? left : 0];
    }

    function rangeOf(start, end) {
        const range = document.createRange();
        range.setStart(...pointAt(start));
        range.setEnd(...pointAt(end));
        return range;
    }

    /* The place in the text of a point in the page; null outside it. */
    function placeOf(node, offset) {
        if (node === text) {
            return offset < starts.length ? starts[offset] : words.length;
        }
        if (!text.contains(node)) {
            return null;
        }
        const line = (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest(".line");
        const before = document.createRange();
        before.setStart(line, 0);
        before.setEnd(node, offset);
        return starts[Number(line.dataset.line)] + before.toString().length;
    }

    // Words, sentences, paragraphs -------------------------------------------------------------

    const language = (text && text.lang) || undefined;
    const remembered = {};

    function segmenter(granularity) {
        try {
            return new Intl.Segmenter(language, { granularity });
        } catch {
            return new Intl.Segmenter(undefined, { granularity });
        }
    }

    /* The words, sentences or letters of a line, or the line as a whole: [start, end] of each. */
    function units(number, kind) {
        if (remembered[kind]?.number === number) {
            return remembered[kind].found;
        }
        const from = starts[number];
        const line = words.slice(from, starts[number + 1] ?? words.length);
        const pieces =
            kind === "paragraph"
                ? [{ segment: line, index: 0 }]
                : segmenter(kind).segment(line.replace(/\n$/, ""));
        const found = [];
        for (const piece of pieces) {
            const trimmed = piece.segment.trim();
            if (kind === "word" ? piece.isWordLike : trimmed) {
                const start = from + piece.index + piece.segment.indexOf(trimmed);
                found.push([start, start + trimmed.length]);
            }
        }
        remembered[kind] = { number, found };
        return found;
    }

    /* The first unit that a test holds for, from a place onwards. */
    function following(kind, place, test) {
        for (let number = lineAt(place); number < starts.length; number += 1) {
            const unit = units(number, kind).find(test);
            if (unit) {
                return unit;
            }
        }
        return null;
    }

    /* The last unit that a test holds for, from a place backwards. */
    function preceding(kind, place, test) {
        for (let number = lineAt(place); number >= 0; number -= 1) {
            const unit = units(number, kind).findLast(test);
            if (unit) {
                return unit;
            }
        }
        return null;
    }

    // The passage that is selected -------------------------------------------------------------

    // From the first to the second; what is extended keeps the pivot, and moves the head.
    const passage = { start: 0, end: 0, pivot: [0, 0], head: 0 };

    function select(start, end, { pivot = [start, start], head = end } = {}) {
        Object.assign(passage, { start, end, pivot, head });
        const range = rangeOf(start, end);
        const selection = document.getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        keepInSight(range);
        speak(words.slice(start, end).slice(0, 300));
    }

    function keepInSight(range) {
        const rectangles = range.getClientRects();
        const last = rectangles[passage.head === passage.start ? 0 : rectangles.length - 1];
        if (!last) {
            return;
        }
        // In a narrow window the form covers what is below.
        const isCovered = form && !form.hidden && getComputedStyle(form).position === "fixed";
        const height = isCovered ? form.getBoundingClientRect().top : window.innerHeight;
        const bottom = height - 24;
        if (last.bottom > bottom) {
            window.scrollBy(0, last.bottom - bottom + height / 3);
        } else if (last.top < 24) {
            window.scrollBy(0, last.top - height / 3);
        }
    }

    function move(kind, forward) {
        const unit = forward
            ? following(kind, passage.end, ([start]) => start >= passage.end)
            : preceding(kind, passage.start, ([, end]) => end <= passage.start);
        if (!unit) {
            speak(forward ? "End of the text." : "Beginning of the text.");
            return;
        }
        const first = following("word", unit[0], ([, end]) => end > unit[0]);
        const pivot = first && first[1] <= unit[1] ? first : [unit[0], unit[0]];
        select(unit[0], unit[1], { pivot, head: unit[1] });
    }

    function extend(kind, forward) {
        const pivot = kind === "grapheme" ? [passage.pivot[0], passage.pivot[0]] : passage.pivot;
        let head = passage.head;
        if (forward && head < pivot[0]) {
            const unit = following(kind, head, ([start]) => start > head);
            head = unit && unit[0] < pivot[0] ? unit[0] : pivot[1];
        } else if (forward) {
            const unit = following(kind, head, ([, end]) => end > head);
            head = unit ? unit[1] : head;
        } else if (head > pivot[1]) {
            const unit = preceding(kind, head, ([, end]) => end < head);
            head = unit && unit[1] > pivot[1] ? unit[1] : pivot[1];
        } else {
            const from = Math.min(head, pivot[0]);
            const unit = preceding(kind, from, ([start]) => start < from);
            head = unit ? unit[0] : head;
        }
        const back = head < pivot[0];
        select(back ? head : pivot[0], back ? pivot[1] : head, { pivot, head });
    }

    const KINDS = { ArrowLeft: "word", ArrowRight: "word", ArrowUp: "sentence", ArrowDown: "sentence" };

    function onTextKey(event) {
        if (event.target !== text || event.metaKey) {
            return;
        }
        if (event.key === "Enter" && form) {
            event.preventDefault();
            open();
            return;
        }
        let kind = KINDS[event.key];
        if (!kind) {
            return;
        }
        let forward = event.key === "ArrowRight" || event.key === "ArrowDown";
        if (kind === "sentence" && (event.altKey || event.ctrlKey)) {
            kind = "paragraph";
        } else if (kind === "word" && event.altKey) {
            return; // the browser's way back
        } else if (kind === "word") {
            if (event.ctrlKey) {
                kind = "grapheme";
            }
            const line = text.children[lineAt(passage.head)];
            if (line && getComputedStyle(line).direction === "rtl") {
                forward = !forward;
            }
        }
        event.preventDefault();
        (event.shiftKey ? extend : move)(kind, forward);
    }

    function onSelectionChange() {
        const selection = document.getSelection();
        if (!selection.rangeCount) {
            return;
        }
        const range = selection.getRangeAt(0);
        let start = placeOf(range.startContainer, range.startOffset);
        let end = placeOf(range.endContainer, range.endOffset);
        if (start === null && end === null) {
            return;
        }
        // By mouse one comes to the last line's end by going beyond it.
        start ??= 0;
        end ??= words.length;
        if (start !== passage.start || end !== passage.end) {
            Object.assign(passage, { start, end, pivot: [start, start], head: end });
        }
    }

    // The selection is gone from sight while one types; this shows it all the same.
    function highlight(shown) {
        if (!window.Highlight || !CSS.highlights) {
            return;
        }
        CSS.highlights.delete("passage");
        if (shown) {
            const range = rangeOf(passage.start, passage.end);
            CSS.highlights.set("passage", new Highlight(range));
        }
    }

    // A choice among what is there, or something new --------------------------------------------

    class Choice {
        constructor(field) {
            this.address = field.dataset.chooseFrom;
            this.input = field.querySelector("[role=combobox]");
            this.id = field.querySelector(".combobox input[type=hidden]");
            this.list = field.querySelector("[role=listbox]");
            this.fresh = field.querySelector(".new");
            this.kind = this.fresh.querySelector("select");
            this.what = this.id.name;
            this.options = [];
            this.active = -1;
            this.input.addEventListener("input", () => this.typed());
            this.input.addEventListener("keydown", (event) => this.key(event));
            this.input.addEventListener("blur", () => this.close());
            // So that the field keeps the focus.
            this.list.addEventListener("mousedown", (event) => event.preventDefault());
            this.list.addEventListener("click", (event) => {
                const option = event.target.closest("[role=option]");
                if (option) {
                    this.choose([...this.list.children].indexOf(option));
                }
            });
        }

        typed() {
            this.id.value = "";
            this.fresh.hidden = true;
            this.kind.value = "";
            clearTimeout(this.soon);
            this.soon = setTimeout(() => this.ask(), 120);
        }

        async ask() {
            const typed = this.input.value.trim();
            this.asking?.abort();
            if (!typed) {
                this.close();
                return;
            }
            this.asking = new AbortController();
            const { signal } = this.asking;
            let results = [];
            try {
                const query = new URLSearchParams({ q: typed });
                const answer = await fetch(`${this.address}&${query}`, { signal });
                results = (await answer.json()).results;
            } catch {
                if (signal.aborted) {
                    return;
                }
            }
            if (document.activeElement === this.input) {
                this.show([...results, { isNew: true }], typed);
            }
        }

        show(options, typed) {
            this.options = options;
            this.active = -1;
            this.list.replaceChildren(
                ...options.map((each, number) => {
                    const option = document.createElement("li");
                    option.id = `${this.list.id}-${number}`;
                    option.setAttribute("role", "option");
                    option.setAttribute("aria-selected", "false");
                    option.dir = "auto";
                    option.textContent = each.isNew ? "" : each.label;
                    if (each.isNew) {
                        // A name from right to left stays within its quotation marks.
                        const name = document.createElement("bdi");
                        name.textContent = typed;
                        option.append("Add “", name, `” as a new ${this.what}`);
                    }
                    if (each.note) {
                        const note = document.createElement("span");
                        note.className = "note";
                        note.textContent = ` ${each.note}`;
                        option.append(note);
                    }
                    return option;
                }),
            );
            this.list.hidden = false;
            this.input.setAttribute("aria-expanded", "true");
            this.input.removeAttribute("aria-activedescendant");
            const count = options.length - 1;
            speak(count ? `${count} like it.` : `No ${this.what} like it yet.`);
        }

        get isOpen() {
            return !this.list.hidden;
        }

        close() {
            clearTimeout(this.soon);
            this.asking?.abort();
            this.list.hidden = true;
            this.input.setAttribute("aria-expanded", "false");
            this.input.removeAttribute("aria-activedescendant");
        }

        key(event) {
            if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
                event.preventDefault(); // it chooses, it does not save
                if (this.isOpen && this.active >= 0) {
                    this.choose(this.active);
                }
            } else if (event.key === "Tab" && this.isOpen && this.active >= 0) {
                this.choose(this.active, { andStay: true });
            } else if (event.key === "Escape" && this.isOpen) {
                event.stopPropagation();
                this.close();
            } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
                event.preventDefault();
                if (this.isOpen) {
                    this.activate(event.key === "ArrowDown" ? 1 : -1);
                } else {
                    this.ask();
                }
            }
        }

        activate(step) {
            const count = this.options.length;
            this.active = (this.active + step + (this.active < 0 && step < 0 ? 1 : 0) + count) % count;
            for (const [number, option] of [...this.list.children].entries()) {
                option.setAttribute("aria-selected", String(number === this.active));
            }
            const option = this.list.children[this.active];
            this.input.setAttribute("aria-activedescendant", option.id);
            option.scrollIntoView({ block: "nearest" });
        }

        choose(number, { andStay = false } = {}) {
            const option = this.options[number];
            this.close();
            if (option.isNew) {
                this.fresh.hidden = false;
                if (!andStay) {
                    this.kind.focus();
                }
            } else {
                this.take(option.id, option.name);
            }
        }

        take(id, name) {
            this.id.value = id;
            this.input.value = name;
            this.fresh.hidden = true;
            this.kind.value = "";
            speak(`${name} is chosen.`);
        }

        clear() {
            this.close();
            this.id.value = "";
            this.fresh.hidden = true;
        }
    }

    // The form ---------------------------------------------------------------------------------

    const field = (name) => document.getElementById(`reading-${name}`);
    const offer = document.getElementById("offer");
    const waiting = document.getElementById("waiting");
    let choices = [];
    let isSaving = false;
    let isTyped = false; // what would be lost with the page
    let keeper = null; // of what is typed, in this browser

    function open() {
        const chosen = words.slice(passage.start, passage.end);
        if (!chosen.trim()) {
            announce("Select a passage first.");
            text.focus();
            return;
        }
        const start = passage.start + chosen.length - chosen.trimStart().length;
        const end = start + chosen.trim().length;
        Object.assign(passage, { start, end, pivot: [start, start], head: end });
        const context = Number(desk.dataset.context);
        field("quote").value = words.slice(start, end);
        field("prefix").value = words.slice(Math.max(start - context, 0), start);
        field("suffix").value = words.slice(end, end + context);
        form.hidden = false;
        waiting.hidden = true;
        highlight(true);
        clearErrors();
        choices[0].input.focus({ preventScroll: true });
        keepInSight(rangeOf(start, end));
    }

    function backToText() {
        form.hidden = true;
        waiting.hidden = false;
        highlight(false);
        text.focus({ preventScroll: true });
        if (passage.end > passage.start) {
            const { pivot, head } = passage;
            select(passage.start, passage.end, { pivot, head });
        }
    }

    /* Only a denial says what it denies. */
    function showWhatIsDenied() {
        const isDenial = field("stance").value === "denies";
        form.querySelector(".field-denies_what").hidden = !isDenial;
        if (!isDenial) {
            field("denies_what").value = "";
        }
    }

    function clearErrors() {
        offer.hidden = true;
        offer.replaceChildren();
        for (const box of form.querySelectorAll("[data-errors]")) {
            box.replaceChildren();
        }
        for (const control of form.querySelectorAll("[aria-invalid]")) {
            control.removeAttribute("aria-invalid");
        }
    }

    function showErrors(errors) {
        const boxes = [...form.querySelectorAll("[data-errors]")];
        let first = null;
        for (const box of boxes) {
            const named = box.dataset.errors.split(" ").filter((name) => errors[name]);
            if (!named.length) {
                continue;
            }
            // Escaped by the server.
            box.innerHTML = named.map((name) => errors[name]).join("");
            const details = box.closest("details");
            if (details) {
                details.open = true;
            }
            const inField = box.closest(".field");
            const controls = inField
                ? inField.querySelectorAll("input:not([type=hidden]), select, textarea")
                : [];
            const control = [...controls].find((each) => !box.contains(each));
            if (control) {
                control.setAttribute("aria-invalid", "true");
                const described = (control.getAttribute("aria-describedby") || "").split(" ");
                if (!described.includes(box.id)) {
                    control.setAttribute("aria-describedby", [...described, box.id].join(" ").trim());
                }
            }
            if (!first) {
                first = control || box;
                first.focus();
                box.scrollIntoView({ block: "nearest" });
            }
        }
        announce("It is not saved yet: see what is said at the fields.");
    }

    function showOffer(html, said = "There is a statement like it already: it is not saved yet.") {
        offer.innerHTML = html; // of our own server's making
        offer.hidden = false;
        offer.focus();
        announce(said);
    }

    function showSaved(answer) {
        const said = field("said").value;
        const days = document.getElementById("days");
        if (said && ![...days.options].some((option) => option.value === said)) {
            days.append(new Option("", said));
        }
        const isSameText = answer.digest === desk.dataset.digest;
        if (isSameText) {
            for (const [number, html] of Object.entries(answer.lines)) {
                text.children[number].outerHTML = html;
            }
        }
        document.getElementById("unmarked").innerHTML = answer.unmarked;
        document.getElementById("state").innerHTML = answer.state;
        isTyped = false;
        keeper.forget();
        form.reset();
        for (const choice of choices) {
            choice.clear();
        }
        showWhatIsDenied();
        clearErrors();
        passage.start = passage.end;
        passage.head = passage.end;
        backToText();
        const changed = "The text was changed meanwhile: load the page again to see the marks.";
        announce(isSameText ? answer.saved : `${answer.saved} ${changed}`);
    }

    async function save(extra) {
        if (isSaving) {
            return;
        }
        isSaving = true;
        const data = new FormData(form);
        for (const [name, value] of Object.entries(extra)) {
            data.set(name, value);
        }
        clearErrors();
        announce("Saving …");
        try {
            const answer = await unsaved.send(location.pathname, data);
            const isJson = (answer.headers.get("content-type") || "").startsWith("application/json");
            if (!isJson) {
                throw new Error(
                    answer.redirected || answer.status === 403
                        ? "Your account may no longer do this. Copy what you typed, or ask an editor."
                        : `The server answered ${answer.status}. Save again.`,
                );
            }
            const result = await answer.json();
            if ("account" in result) {
                unsaved.tellWhoIsLoggedIn(field("errors"), result, () => save(extra));
                field("errors").focus();
                announce("Not saved.");
            } else if (result.errors) {
                showErrors(result.errors);
            } else if (result.offer) {
                showOffer(result.offer);
            } else if (result.along) {
                showOffer(result.along, "Not saved yet. Check the drafts that would be published too.");
            } else {
                showSaved(result);
            }
        } catch (error) {
            const box = field("errors");
            const isOurs = !(error instanceof TypeError);
            box.textContent = `It is not saved. ${isOurs ? error.message : "The server cannot be reached. Save again."}`;
            box.focus();
            announce("Not saved.");
        } finally {
            isSaving = false;
        }
    }

    /* Put a draft into the form, which then is open as it was. */
    function restore(draft) {
        for (const { name, value, checked } of draft.fields) {
            const control = form.querySelector(`[name="${CSS.escape(name)}"]`);
            if (!control) {
                continue;
            }
            if (checked === undefined) {
                control.value = value;
            } else {
                control.checked = checked;
            }
            const details = value && checked !== false && control.closest("details");
            if (details) {
                details.open = true;
            }
        }
        for (const choice of choices) {
            choice.fresh.hidden = Boolean(choice.id.value) || !choice.kind.value;
        }
        showWhatIsDenied();
        isTyped = true;
        form.hidden = false;
        waiting.hidden = true;
        choices[0].input.focus();
    }

    function onFormKey(event) {
        if (event.key === "Escape") {
            backToText();
        } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            const publish = form.querySelector("[name=publish]");
            form.requestSubmit(event.shiftKey && publish ? publish : form.querySelector("[type=submit]"));
        }
    }

    function onFormClick(event) {
        const button = event.target.closest("[data-add-to], [data-choose]");
        if (button?.dataset.addTo) {
            save({ add_to: button.dataset.addTo, via: document.getElementById("reading-via").value });
        } else if (button) {
            const choice = choices.find((each) => each.what === button.dataset.choose);
            choice.take(button.dataset.id, button.dataset.name);
            button.closest("[data-errors]").replaceChildren();
            choice.input.removeAttribute("aria-invalid");
            choice.input.focus();
        }
    }

    if (text) {
        text.addEventListener("keydown", onTextKey);
        document.addEventListener("selectionchange", onSelectionChange);
    }
    if (form) {
        choices = [...form.querySelectorAll("[data-choose-from]")].map((each) => new Choice(each));
        form.addEventListener("keydown", onFormKey);
        form.addEventListener("click", onFormClick);
        form.addEventListener("input", () => {
            isTyped = true;
        });
        field("stance").addEventListener("change", showWhatIsDenied);
        offer.addEventListener("change", (event) => {
            if (event.target.name === "is_another") {
                form.querySelector("details").open = event.target.checked;
            }
        });
        showWhatIsDenied();
        keeper = unsaved.keep(form, {
            version: () => desk.dataset.digest,
            isChanged: () => isTyped,
            fill: restore,
            place: document.getElementById("unsaved"),
            changedSince: "The text of the document was changed since.",
        });
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            save(event.submitter?.name === "publish" ? { publish: "1" } : {});
        });
        document.getElementById("open").addEventListener("click", open);
        document.getElementById("back").addEventListener("click", backToText);
    }
}

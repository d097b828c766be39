/* Select2 gives its boxes no name: give each the label of the field it stands for. And where the
   focus is on a field that it has hidden, move it to a box that is seen. */
"use strict";
{
    function nameOf(select) {
        const label = select.labels && select.labels[0];
        return select.getAttribute("aria-label") || (label && label.textContent.replace(/:$/, "")) || "";
    }

    function nameAll() {
        for (const select of document.querySelectorAll("select.admin-autocomplete")) {
            const box = select.nextElementSibling;
            const name = nameOf(select);
            if (!name || !box || !box.classList.contains("select2-container")) {
                continue;
            }
            const parts = "[role=combobox], [role=textbox], [role=searchbox]";
            for (const part of box.querySelectorAll(parts)) {
                part.setAttribute("aria-label", name);
            }
        }
    }

    function nameOpened(event) {
        const name = nameOf(event.target);
        const opened = document.querySelector(".select2-container--open .select2-results__options");
        const search = document.querySelector(".select2-container--open .select2-search__field");
        const box = event.target.nextElementSibling.querySelector("[role=combobox]");
        box.setAttribute("aria-controls", opened.id);
        for (const part of [opened, search]) {
            part?.setAttribute("aria-label", name);
        }
    }

    /* Django puts it on the first field, which may be filled in already: to the first that is not. */
    function showFocus() {
        const hidden = "select.select2-hidden-accessible";
        const focused = document.activeElement;
        // Once it is dressed, a field that is given the focus passes it on to its box.
        const field = focused.closest(".select2-container")?.previousElementSibling || focused;
        if (field.matches(hidden)) {
            const boxes = [...field.form.querySelectorAll(hidden)];
            const first = boxes.find((select) => !select.value) || field;
            first.nextElementSibling.querySelector("[role=combobox]").focus();
        }
    }

    function dressed() {
        nameAll();
        showFocus();
    }

    // Select2 dresses the boxes after these events.
    window.addEventListener("load", () => setTimeout(dressed));
    django.jQuery(document).on("select2:open", nameOpened);
    document.addEventListener("formset:added", () => setTimeout(nameAll));
}

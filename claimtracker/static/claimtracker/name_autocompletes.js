/* Select2 gives its boxes no name: give each the label of the field it stands for. */
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

    // Select2 dresses the boxes after these events.
    window.addEventListener("load", () => setTimeout(nameAll));
    document.addEventListener("formset:added", () => setTimeout(nameAll));
}

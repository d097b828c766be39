"""Reads a page as a person does: by its headings, lists and tables."""

import lxml.html


def page_of(answer):
    """Return the document of an answer that is a page."""
    assert answer["Content-Type"].startswith("text/html"), answer["Content-Type"]
    return lxml.html.fromstring(answer.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def words_of(answer) -> str:
    return words(page_of(answer))


def section(page, name):
    """Return the section that has the heading with an id, None where there is none."""
    found = page.xpath(f"//section[@aria-labelledby='{name}']")
    return found[0] if found else None


def slugs(element, kind, *, within=".//") -> list[str]:
    """Return the slugs of the pages of a kind that an element links to, in order."""
    links = element.xpath(f"{within}a[starts-with(@href, '/{kind}/')]/@href")
    return [link.split("/")[2] for link in links]

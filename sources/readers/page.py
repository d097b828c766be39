"""Reads a web page: its text as a reader sees it, or the markup that describes it to machines.

The page is parsed as browsers do it, and written out again in their form, in which every element
is closed and every attribute quoted; a few expressions read that, in time that grows with its size.
"""

import html
import json
import re
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, NamedTuple

from resiliparse.parse.encoding import map_encoding_to_html5
from resiliparse.parse.html import HTMLTree

ENCODED_AS = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{1,40})"""
    rb"""|^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# Where Python's codec of the name has other letters than browsers have.
CODECS = {
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "gbk": "gb18030",
}
# A page and its pictures in one file, as browsers save it: it begins with the fields of a message.
SAVED_WHOLE = re.compile(rb"(?:[A-Za-z-]{1,40}:[^\n]{0,998}\r?\n(?:[ \t][^\n]{0,998}\r?\n)*){2}")
MULTIPART = re.compile(rb"^content-type:\s*(multipart/related|text/html)", re.I | re.M)


def names(text: str) -> set[str]:
    return set(text.split())


TOKEN = re.compile(
    r"<!--.*?-->|<[!?][^>]*>"
    r"|</(?P<end>[^\s>]+)>"
    r"""|<(?P<start>[A-Za-z][^\s>]*)(?P<attributes>(?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*>"""
    r"|(?P<text>[^<]+|<)",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"""([^\s=>"]+)(?:="([^"]*)")?""")
# What they hold is written out as it is, up to their end.
RAW = {"script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"}
VOID = names(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track"
    " wbr"
)
# As browsers with scripts read it: what is in it is no part of the page.
NOSCRIPT = re.compile(r"<(/?)noscript(?=[\s/>])", re.IGNORECASE)
DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")

# What is never shown, or only where something else cannot be; rt and rp are how a word is read.
UNSEEN = RAW - {"xmp", "plaintext"} | names(
    "head template audio video canvas object datalist rt rp annotation annotation-xml area"
)
UNSEEN_IN_PICTURES = {"title", "desc", "metadata", "defs"}
PARAGRAPHS = names("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul figure xmp plaintext")
BLOCKS = PARAGRAPHS | names(
    "address article aside body caption center dd details dialog dir div dt fieldset figcaption "
    "footer form header hgroup hr html legend li main menu nav optgroup option search section "
    "summary tbody tfoot thead tr"
)
CELLS = {"td", "th"}
PREFORMATTED = {"pre", "textarea", "xmp", "plaintext", "listing"}
STYLE = re.compile(r"(?:^|;)\s*(display|visibility|white-space)\s*:\s*([a-z-]+)", re.IGNORECASE)
WHITE = " \t\n\r\f"
RUN_OF_WHITE = re.compile(rf"[{WHITE}]+")

# Of an element with a property, the attribute that has its value, else its text has it.
VALUES = {"meta": "content", "object": "data", "data": "value", "meter": "value"}
VALUES |= dict.fromkeys(["audio", "embed", "iframe", "img", "source", "track", "video"], "src")
VALUES |= dict.fromkeys(["a", "area", "link"], "href")
DEEPEST_ITEM = 50
TOO_DEEP = f"has markup in which items are more than {DEEPEST_ITEM} levels deep."


class Refused(Exception):
    """Why a page cannot be read, to be said after its name."""


class Token(NamedTuple):
    """An element that begins or ends, or a text between."""

    kind: str
    name: str = ""
    attributes: dict[str, str] = {}
    text: str = ""


def decoded(content: bytes, charset: str = "") -> str:
    """Return a page as text, in the encoding that it names, of those that browsers know."""
    named = next((c for mark, c in BYTE_ORDER_MARKS.items() if content.startswith(mark)), "")
    if not named:
        if not charset and (found := ENCODED_AS.search(content[:4096])):
            charset = (found[1] or found[2]).decode("ascii", "replace")
        known = map_encoding_to_html5(charset, fallback_utf8=False) if charset else "utf-8"
        if not known:
            raise Refused(
                f"says that it is encoded as “{charset}”, which browsers do not know. "
                "Save it as UTF-8 and upload it again, or paste its text."
            )
        # Such a page can name its encoding only because it is not in it.
        named = "utf-8" if known.startswith("utf-16") else CODECS.get(known, known)
    try:
        page = content.decode(named)
    except UnicodeError as error:
        line = content.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise Refused(
            f"is not text in {named.removesuffix('-sig').upper()} (line {line}). "
            "Save it as UTF-8 and upload it again, or paste its text."
        ) from None
    if "\0" in page:
        raise Refused("holds NUL characters, which text cannot have. Is it another kind of file?")
    return page


def page_in(content: bytes) -> str:
    """Return the page in a file, which may be saved with its pictures as parts of one message."""
    if not (SAVED_WHOLE.match(content) and MULTIPART.search(content[:8192])):
        return decoded(content)
    message = message_from_bytes(content, policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                return decoded(body, str(part.get_content_charset() or ""))
    raise Refused("has no page among its parts. Save the page again, as HTML.")


def tokens(page: str) -> Iterator[Token]:
    """Yield what a page consists of, in its order; comments are left out."""
    page = DECLARATION.sub("", page, count=1) if page[:200].lstrip().startswith("<?xml") else page
    written = HTMLTree.parse(NOSCRIPT.sub(r"<\1noframes", page)).document.html
    at = 0
    while found := TOKEN.match(written, at):
        at = found.end()
        if found["end"]:
            yield Token("end", found["end"].lower())
        elif found["start"]:
            name = found["start"].lower()
            attributes = {}
            if found["attributes"]:
                attributes = {
                    each[1].lower(): html.unescape(each[2] or "")
                    for each in ATTRIBUTE.finditer(found["attributes"])
                }
            yield Token("start", name, attributes)
            if name in RAW:
                end = written.find(f"</{name}>", at)
                end = len(written) if end < 0 else end
                yield Token("text", text=written[at:end])
                at = end
            elif name in VOID:
                yield Token("end", name)
        elif found["text"]:
            yield Token("text", text=html.unescape(found["text"]))
    if at < len(written):
        raise Refused("has markup that cannot be read. Copy the text from the page and paste it.")


class Element(NamedTuple):
    """How what is in an open element is shown."""

    name: str
    is_unseen: bool = False
    is_invisible: bool = False
    is_preformatted: bool = False
    breaks: int = 0


class Lines:
    """Words put together with the space that is between them on the page."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.breaks = 0
        self.space = ""

    def block(self, breaks: int) -> None:
        self.breaks = max(self.breaks, breaks)

    def line_break(self) -> None:
        self.breaks = min(self.breaks + 1, 2)

    def add(self, text: str) -> None:
        words = RUN_OF_WHITE.sub(" ", text)
        if words[:1] == " ":
            self.space = self.space or " "
        if inner := words.strip(" "):
            self._put(inner)
            self.space = " " if words[-1] == " " else ""

    def add_as_it_is(self, text: str) -> None:
        if text:
            self._put(text)

    def _put(self, text: str) -> None:
        if self.pieces:
            self.pieces.append("\n" * self.breaks or self.space)
        self.pieces.append(text)
        self.breaks, self.space = 0, ""

    def text(self) -> str:
        return "".join(self.pieces).strip("\n")


def text_of(page: str) -> str:
    """Return the words of a page as they are seen, with a blank line between paragraphs."""
    lines = Lines()
    open_elements = [Element("")]
    for token in tokens(page):
        last = open_elements[-1]
        if token.kind == "start":
            element = shown(token, last, open_elements)
            if token.name == "br" and not element.is_unseen:
                lines.line_break()
            if element.breaks and not element.is_unseen:
                lines.block(element.breaks)
            open_elements.append(element)
        elif token.kind == "end":
            if last.name != token.name:
                continue
            open_elements.pop()
            if last.is_unseen:
                continue
            if last.breaks:
                lines.block(last.breaks)
            if last.name in CELLS:
                lines.space = "\t"
        elif last.is_unseen or last.is_invisible:
            continue
        elif last.is_preformatted:
            lines.add_as_it_is(token.text)
        else:
            lines.add(token.text)
    # A soft hyphen is where a browser may divide a word: nobody wrote it.
    return lines.text().replace("\u00ad", "").replace("\0", "")


def shown(token: Token, parent: Element, ancestors: list[Element]) -> Element:
    """Return how an element is shown that begins within others."""
    given = token.attributes
    style = {name.lower(): value.lower() for name, value in STYLE.findall(given.get("style", ""))}
    display = style.get("display", "")
    is_unseen = (
        parent.is_unseen
        or token.name in UNSEEN
        or display == "none"
        or ("hidden" in given and given["hidden"].lower() != "until-found")
        or (token.name == "dialog" and "open" not in given)
        or (token.name in UNSEEN_IN_PICTURES and any(e.name == "svg" for e in ancestors[-20:]))
    )
    is_invisible = parent.is_invisible
    if "visibility" in style:
        is_invisible = style["visibility"] in {"hidden", "collapse"}
    breaks = 2 if token.name in PARAGRAPHS else int(token.name in BLOCKS)
    if display in {"inline", "inline-block", "contents"}:
        breaks = 0
    elif display in {"block", "flex", "grid", "list-item", "table"}:
        breaks = breaks or 1
    is_preformatted = parent.is_preformatted or token.name in PREFORMATTED
    if "white-space" in style:
        is_preformatted = style["white-space"].startswith(("pre", "break-spaces"))
    return Element(token.name, is_unseen, is_invisible, is_preformatted, breaks)


def markup_of(page: str) -> dict[str, Any]:
    """Return the JSON-LD of a page, script by script, and the items of its microdata.

    An item is an object like one of JSON-LD: its type, its properties with lists of values.
    """
    scripts: list[str] = []
    items: list[dict[str, Any]] = []
    # Of each open element: its name, the item that it is, and where the text in it is collected.
    stack: list[tuple[str, dict[str, Any] | None, list[str] | None, tuple[dict, list] | None]] = []
    current: list[dict[str, Any]] = []
    texts: list[list[str]] = []
    within = ""
    for token in tokens(page):
        if token.kind == "start":
            given = token.attributes
            kind = given.get("type", "").split(";")[0].strip().lower()
            if token.name == "script":
                within = "json" if kind == "application/ld+json" else "script"
            elif token.name in RAW:
                within = token.name
            item: dict[str, Any] | None = None
            text: list[str] | None = None
            owner: tuple[dict, list] | None = None
            names = given.get("itemprop", "").split()
            if "itemscope" in given:
                if len(current) == DEEPEST_ITEM:
                    raise Refused(TOO_DEEP)
                item = {"@type": given.get("itemtype", "").split()}
                if given.get("itemid"):
                    item["@id"] = given["itemid"].strip()
            if names and current:
                if item is not None:
                    put(current[-1], names, item)
                elif "content" in given:
                    put(current[-1], names, given["content"])
                elif VALUES.get(token.name) in given:
                    put(current[-1], names, given[VALUES[token.name]])
                elif token.name == "time" and "datetime" in given:
                    put(current[-1], names, given["datetime"])
                else:
                    text = []
                    owner = (current[-1], names)
                    texts.append(text)
            elif item is not None:
                items.append(item)
            if item is not None:
                current.append(item)
            stack.append((token.name, item, text, owner))
        elif token.kind == "end":
            if not stack or stack[-1][0] != token.name:
                continue
            _, item, text, owner = stack.pop()
            within = ""
            if item is not None:
                current.pop()
            if text is not None and owner is not None:
                texts.pop()
                put(owner[0], owner[1], " ".join("".join(text).split()))
        elif within == "json":
            scripts.append(token.text)
        elif not within and texts:
            # A property within another one belongs to the text of both.
            if len(texts) > DEEPEST_ITEM:
                raise Refused(TOO_DEEP)
            for each in texts:
                each.append(token.text)
    return {"scripts": scripts, "items": items}


def put(item: dict[str, Any], names: list[str], value: Any) -> None:
    for name in names:
        item.setdefault(name, []).append(value)


def main(path: str, what: str, most: str) -> None:
    answer: dict[str, Any]
    try:
        page = page_in(Path(path).read_bytes())
        answer = {"text": text_of(page)} if what == "text" else markup_of(page)
        if what == "text" and len(answer["text"].encode("utf-8", "replace")) > int(most):
            raise Refused(
                "has more than 2 MB of text, the most that can be stored. Paste the cited part."
            )
    except Refused as error:
        answer = {"refused": str(error)}
    except RecursionError:  # messages within messages
        answer = {"refused": "is nested too deeply to be read. Copy its text and paste it."}
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])

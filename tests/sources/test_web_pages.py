"""The text of web pages that editors upload: as a reader sees it, and whole."""

import pytest
from django.core.exceptions import ValidationError

from sources import limited
from sources.readers import page
from sources.texts import words_of

WHOLE = """From: <Saved by Blink>
Subject: The road
MIME-Version: 1.0
Content-Type: multipart/related;
\ttype="text/html";
\tboundary="----Part"

------Part
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable
Content-Location: https://post.example/1

<meta charset=3D"windows-1251"><p>=C4=EE=F0=EE=E3=E0 is=
 shut</p><iframe src=3D"cid:1"></iframe>
------Part
Content-Type: image/png
Content-Transfer-Encoding: base64

AAAA
------Part--
"""


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<span class=dropcap>T</span>he minister", "The minister"),
        ("the <a href=x>blockade</a>’s end", "the blockade’s end"),
        ("“<em>The road is open</em>”, he said", "“The road is open”, he said"),
        ("<a>Laçın</a>da", "Laçında"),
        ("<a>Ադրբեջան</a>ը", "Ադրբեջանը"),
        ("in<b>ter</b>national", "international"),
        ("H<sub>2</sub>O", "H2O"),
        ("cor<wbr>ridor", "corridor"),
        ("ال<b>طريق</b>", "الطريق"),
        ("obstruc&shy;tion", "obstruction"),
        ("10&nbsp;km", "10\u00a0km"),
        ("1 &lt; 2 &amp;amp; 3", "1 < 2 &amp; 3"),
        ("<b>One</b> <i>two</i>\n three", "One two three"),
    ],
)
def test_a_word_stays_whole_whatever_markup_is_in_it(markup, words):
    assert page.text_of(f"<p>{markup}</p>") == words


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (
            "<h1>Road</h1><p>It is <b>open</b>.</p><ul><li>One<li>Two</ul>",
            "Road||It is open.||One|Two",
        ),
        ("<div>One</div><div>two</div>", "One|two"),
        ("One<br>two<br><br>three", "One|two||three"),
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", "1\t2|3\t4"),
        ("<pre>One\n  two</pre>", "One|  two"),
        ("<p style='white-space: pre-line'>One\ntwo</p>", "One|two"),
        ("<span style='display:block'>One</span>two", "One|two"),
        ("One<p>two</p>three", "One||two||three"),
    ],
)
def test_lines_and_paragraphs_are_those_of_the_page(markup, words):
    assert page.text_of(markup) == words.replace("|", "\n")


@pytest.mark.parametrize(
    "unseen",
    [
        "<b hidden>no</b>",
        "<b style='color: red; DISPLAY : none'>no <i>no</i></b>",
        "<b style='visibility:hidden'>no</b>",
        "<noscript><p>no</p></noscript>",
        "<template>no</template>",
        "<iframe src=x>no <b>no</b></iframe>",
        "<video>no</video>",
        "<script>no</script>",
        "<style>no</style>",
        "<svg><title>no</title></svg>",
        "<dialog>no</dialog>",
        "<!-- no > no -->",
    ],
)
def test_what_a_reader_does_not_see_is_no_part_of_the_text(unseen):
    assert page.text_of(f"<div>be{unseen}fore</div>") == "before"


@pytest.mark.parametrize(
    "seen",
    [
        "<b aria-hidden=true>seen</b>",
        "<b style='visibility:hidden'><i style='visibility:visible'>seen</i></b>",
        "<dialog open>seen</dialog>",
        "<details><summary></summary>seen</details>",
    ],
)
def test_what_a_reader_sees_is_in_the_text(seen):
    assert page.text_of(seen) == "seen"


def test_a_page_in_a_file_is_read_in_a_process_of_its_own():
    assert words_of("page.HTML", b"<title>No</title><p>It is <b>o</b>pen.</p>") == "It is open."


@pytest.mark.parametrize(
    ("begin", "encoding"),
    [
        ('<meta charset="windows-1251">', "windows-1251"),
        ("<meta charset=utf-8>", "utf-8"),
        ("<meta charset=utf-16>", "utf-8"),
        ("<meta charset=windows-1251>", "utf-16"),
        ('<?xml version="1.0" encoding="KOI8-R"?>', "koi8-r"),
        ("<meta http-equiv=content-type content='text/html; charset=x-cp1251'>", "cp1251"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_names(begin, encoding):
    assert page.text_of(page.page_in(f"{begin}<p>Дорога".encode(encoding))) == "Дорога"


def test_a_turkish_page_in_its_own_encoding_is_read():
    content = "<meta charset=windows-1254><p>İğdır açıldı".encode("cp1254")

    assert page.text_of(page.page_in(content)) == "İğdır açıldı"


@pytest.mark.parametrize(
    "charset", ["punycode", "utf-7", "idna", "unicode_escape", "base64", "klingon", "hz-gb-2312"]
)
def test_an_encoding_that_no_browser_knows_is_refused_at_once(charset):
    with pytest.raises(page.Refused, match=f"“{charset}”.*Save it as UTF-8"):
        page.page_in(f"<meta charset={charset}>".encode() + b"a" * 100_000 + b"-" + b"a" * 100_000)


def test_a_page_that_is_not_in_its_encoding_is_refused_with_the_line():
    with pytest.raises(page.Refused, match=r"not text in UTF-8 \(line 2\). Save it as UTF-8"):
        page.page_in("<p>\nGrün".encode("latin-1"))


@pytest.mark.parametrize("name", ["page.mht", "page.mhtml", "page.html"])
def test_a_page_that_was_saved_with_its_pictures_is_read(name):
    assert words_of(name, WHOLE.replace("\n", "\r\n").encode()) == "Дорога is shut"


def test_a_message_without_a_page_is_refused():
    with pytest.raises(page.Refused, match="no page among its parts"):
        page.page_in(WHOLE.replace("text/html", "image/gif").encode())


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "blockquote", "p><font"])
def test_words_within_hundreds_of_elements_are_all_there(tag):
    # As many as browsers keep of one kind within each other.
    words = page.text_of("".join(f"<{tag}> word{number}" for number in range(600)))

    assert words.split() == [f"word{number}" for number in range(600)]


@pytest.mark.parametrize(
    "piece", ["<!--", "</", "<?", "<a ", '<a b="', "</a ", "<![<![", "<![CDATA[", "&", "<p a='&'"]
)
@pytest.mark.parametrize("what", [page.text_of, page.markup_of])
def test_broken_markup_takes_no_more_time_than_its_length(piece, what):
    what(piece * 200_000)


def test_a_page_that_takes_too_much_work_is_refused(monkeypatch):
    monkeypatch.setitem(limited.read.__kwdefaults__, "patience", 0.01)

    with pytest.raises(ValidationError, match="“a.html” takes too much work to read. Copy"):
        words_of("a.html", b"<p>word")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<p></p>", "“a.html” has no words"),
        (b"<p>wo\0rds", "NUL characters"),
        (b"<p>" + b"a" * 2_000_001, "more than 2 MB of text"),
        (b"<meta charset=punycode>", "browsers do not know"),
    ],
)
def test_a_page_that_cannot_be_read_whole_is_refused_with_a_remedy(content, said):
    with pytest.raises(ValidationError, match=said):
        words_of("a.html", content)

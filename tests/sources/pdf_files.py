"""PDFs for tests: drawn here, or made once by LibreOffice and Chromium and kept in ``pdfs/``."""

import io
from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def made(name):
    """Return a PDF that a program made of a sentence: its subject, a hyphen, the program."""
    return Path(__file__).with_name("pdfs").joinpath(f"{name}.pdf").read_bytes()


def pdf(*pages, password=None, lock="AES-256", broken=()):
    """Return a PDF with such words on its pages; without any, with one page that has none.

    The words of broken pages stand where some programs do not look for them.
    """
    writer = PdfWriter()
    helvetica = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font = {NameObject(key): NameObject(value) for key, value in helvetica.items()}
    for number, words in enumerate(pages or [""], 1):
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F 12 Tf 10 100 Td ({words}) Tj ET".encode("latin-1"))
        page = writer.add_blank_page(300, 300)
        packed = drawn.flate_encode()
        page[NameObject("/Contents")] = packed if number in broken else writer._add_object(packed)
        fonts = DictionaryObject({NameObject("/F"): DictionaryObject(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    if password is not None:
        writer.encrypt(password, "the owner's", algorithm=lock)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()

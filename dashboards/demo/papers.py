"""Files that people of the demo attach: texts, and PDFs of one page."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile


def paper(name: str, says: str) -> SimpleUploadedFile:
    """Return an upload of this name: a PDF where it is called one, else a text."""
    return SimpleUploadedFile(name, _pdf(says) if name.endswith(".pdf") else f"{says}\n".encode())


def _pdf(says: str) -> bytes:
    """Write one page of A4 with one line on it (ISO 32000-1, the least that readers open)."""
    line = says.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    drawn = b"BT /F1 12 Tf 56 780 Td (" + line + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    ]
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, begins = len(objects) + 1, len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return written + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, begins)

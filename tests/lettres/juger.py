"""Judges the letters of a folder from outside: two checkers of PDF/UA-1, neither of which wrote them, and where their text stands.

Beside each NAME.pdf, NAME.json tells for each letter its recipient and its subject, as they were given to the program. Ends with 1
when anything is wrong; what was looked at is told.
"""

import json
import pathlib
import subprocess
import sys

import page
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTTextContainer, LTTextLine

MM = 72 / 25.4
# NF Z 10-011: the window of an envelope of 110 x 220 mm shows, of a sheet of A4 folded in three, what stands between these,
# in millimetres from the left and from the top.
LEFT, RIGHT, TOP, FOOT = 100, 200, 43, 82
# pdfua 0.1.3 looks for a number where krilla writes an array, and says that it did not evaluate the rule.
KNOWN_SKIPS = {"UA-14-001"}


def lines_of(layout):
    """The lines of a page: text, left, right, top, foot, in millimetres from the left and from the top."""
    for box in layout:
        if isinstance(box, LTTextContainer):
            for line in box:
                if isinstance(line, LTTextLine):
                    yield (line.get_text().strip(), line.x0 / MM, line.x1 / MM, (layout.height - line.y1) / MM, (layout.height - line.y0) / MM)


def judged(path):
    """What is wrong with a file."""
    wrong = []
    report = page.validate_pdf(str(path), profile="ua1")
    if not report.is_compliant:
        wrong.append(f"page-validation : {report}")
    run = subprocess.run([str(pathlib.Path(sys.executable).parent / "pdfua"), "check", str(path)], capture_output=True, text=True, check=False)
    skipped = {line.split("]")[1].split()[0] for line in run.stdout.splitlines() if "[skip" in line}
    if run.returncode != 0 or skipped - KNOWN_SKIPS:
        wrong.append(f"pdfua : {run.stdout}{run.stderr}")
    told = json.loads(path.with_suffix(".json").read_text())
    firsts = []
    for number, layout in enumerate(extract_pages(str(path))):
        if abs(layout.width - 210 * MM) > 0.1 or abs(layout.height - 297 * MM) > 0.1:
            wrong.append(f"page {number + 1} : ce n'est pas une page A4")
        lines = list(lines_of(layout))
        if any(left < 10 or right > 200 or top < 8 or foot > 292 for _, left, right, top, foot in lines):
            wrong.append(f"page {number + 1} : du texte sort des marges")
        if any(text.startswith("Page 1 sur ") for text, *_ in lines):
            firsts.append(lines)
    if len(firsts) != len(told):
        wrong.append(f"{len(firsts)} premières pages pour {len(told)} lettres")
    for lines, letter in zip(firsts, told):
        window = [text for text, left, right, top, foot in lines if left >= LEFT and right <= RIGHT and top >= TOP and foot <= FOOT]
        crossing = [text for text, left, right, top, foot in lines if text not in window and right > LEFT and foot > TOP and top < FOOT]
        if "".join("".join(window).split()) != "".join("".join(letter["destinataire"]).split()) or crossing:
            wrong.append(f"fenêtre : {window} et {crossing} au lieu de {letter['destinataire']}")
    return wrong, report


def main(folder):
    """Judges every letter of a folder."""
    files = sorted(pathlib.Path(folder).glob("*.pdf"))
    faults = 0 if files else 1
    for path in files:
        wrong, report = judged(path)
        faults += len(wrong)
        rules = next((line for line in str(report).splitlines() if line.startswith("Rules")), "")
        print(f"   {path.name} : {'conforme' if not wrong else 'FAUTES'} ({rules})")
        for one in wrong:
            print(f"      {one}")
    print(f"   {len(files)} fichiers, {faults} fautes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

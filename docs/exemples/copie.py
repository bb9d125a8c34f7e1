"""Tient dans un fichier SQLite la copie d’une liste suivie ; interrompue n’importe où, elle reprend.

JETON=gardel_… python3 copie.py https://gardel.exemple.gp sejours copie.sqlite
"""
import json, os, sqlite3, sys, time
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def lire(adresse):
    while True:
        try:
            with urlopen(Request(adresse, headers={"Authorization": "Bearer " + os.environ["JETON"]}), timeout=120) as reponse:
                return json.load(reponse)
        except HTTPError as refus:
            if refus.code not in (429, 503):
                sys.exit(json.load(refus)["detail"])
            attente = int(refus.headers.get("Retry-After", 5))
            print(json.load(refus)["detail"], f"Reprise dans {attente} s.", file=sys.stderr)
            time.sleep(attente)


if len(sys.argv) < 4 or "JETON" not in os.environ:
    sys.exit(__doc__)
site, liste, fichier, taille = (sys.argv[1:] + ["1000"])[:4]
base = sqlite3.connect(fichier)
base.execute("CREATE TABLE IF NOT EXISTS lignes (id INTEGER PRIMARY KEY, valeurs TEXT NOT NULL)")
base.execute("CREATE TABLE IF NOT EXISTS suites (nom TEXT PRIMARY KEY, adresse TEXT NOT NULL)")
for nom in ("supprimes", "lignes"):
    debut = f"{site}/api/v1/{liste}{'/supprimes' if nom == 'supprimes' else ''}?modifie_depuis=debut&taille={taille}"
    adresse = (base.execute("SELECT adresse FROM suites WHERE nom = ?", [nom]).fetchone() or [debut])[0]
    while adresse:
        page = lire(adresse)
        with base:  # les lignes et l’adresse de reprise : ensemble, ou pas du tout
            if nom == "supprimes":
                base.executemany("DELETE FROM lignes WHERE id = ?", [[cle] for cle in page["donnees"]])
            else:
                base.executemany("REPLACE INTO lignes VALUES (?, ?)", [[ligne["id"], json.dumps(ligne)] for ligne in page["donnees"]])
            base.execute("REPLACE INTO suites VALUES (?, ?)", [nom, page["reprise"]])
        adresse = page["suivante"]

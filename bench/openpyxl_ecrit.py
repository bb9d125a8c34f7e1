"""The rows of a query in a workbook, as Python does it with least memory: openpyxl in write-only
mode over a server-side cursor. Prints the fields of a measure."""

import resource
import sys
import time

import psycopg
from openpyxl import Workbook

connexion, requete, fichier = sys.argv[1:]
debut = time.perf_counter()
classeur = Workbook(write_only=True)
feuille = classeur.create_sheet("Séjours")
lignes = 0
with psycopg.connect(connexion) as base, base.cursor(name="pair") as curseur:
    curseur.itersize = 5000
    curseur.execute(open(requete, encoding="utf-8").read())
    for ligne in curseur:
        if lignes == 0:
            feuille.append([colonne.name for colonne in curseur.description])
        feuille.append(ligne)
        lignes += 1
classeur.save(fichier)
secondes = time.perf_counter() - debut
print(f'"secondes":{secondes:.3f},"lignes":{lignes},"memoire_kio":{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}')

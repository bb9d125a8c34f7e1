#!/usr/bin/env python3
"""Follows a container file without a container engine: image.py FILE CONTEXT BASE.tar FOLDER

Each stage is a folder that begins with BASE.tar, whatever image it names; COPY and RUN are done there (RUN by chroot, as root). FOLDER/image is
the last stage, FOLDER/image.json what would start it. It knows the instructions that deploiement/Containerfile uses, and refuses the others."""
import glob
import json
import os
import shlex
import shutil
import subprocess
import sys

fichier, contexte, base, dossier = sys.argv[1:]


def instructions(texte):
    suite = ""
    for ligne in texte.splitlines():
        if ligne.lstrip().startswith("#"):
            continue
        suite += ligne[:-1] + " " if ligne.endswith("\\") else ligne
        if ligne.endswith("\\"):
            continue
        if suite.strip():
            mot, _, reste = suite.strip().partition(" ")
            yield mot, reste.strip()
        suite = ""


def forme(reste):
    """The exec form: a list. The shell form would hide the signals from the program."""
    if not reste.startswith("["):
        sys.exit(f"la forme « exec » (une liste) est demandée : {reste}")
    return json.loads(reste)


def dans(racine, chemin):
    return os.path.join(racine, chemin.lstrip("/"))


etapes, racine, image = {}, None, None
for mot, reste in instructions(open(fichier, encoding="utf-8").read()):
    if mot == "FROM":
        mots = reste.split()
        nom = mots[2] if len(mots) == 3 and mots[1].upper() == "AS" else "image"
        racine = etapes[nom] = os.path.join(dossier, nom)
        os.makedirs(racine)
        subprocess.run(["tar", "-C", racine, "-xf", base], check=True)
        image = {"env": {}, "user": "0:0", "workdir": "/", "entrypoint": [], "cmd": [], "healthcheck": None, "volumes": []}
    elif mot == "COPY":
        mots = shlex.split(reste)
        options = dict(un[2:].split("=", 1) for un in mots if un.startswith("--"))
        *sources, cible = [un for un in mots if not un.startswith("--")]
        depuis = etapes[options["from"]] if "from" in options else contexte
        for source in sources:
            trouves = glob.glob(dans(depuis, source))
            if not trouves:
                sys.exit(f"COPY {source} : il n'y a rien de ce nom")
            for un in trouves:
                vers = dans(racine, cible)
                if cible.endswith("/"):
                    os.makedirs(vers, exist_ok=True)
                    vers = os.path.join(vers, os.path.basename(un))
                os.makedirs(os.path.dirname(vers), exist_ok=True)
                subprocess.run(["cp", "-a", "-T", "--", un, vers], check=True)
                if "chown" in options:
                    subprocess.run(["chown", "-R", options["chown"], "--", vers], check=True)
    elif mot == "RUN":
        shutil.copy("/etc/resolv.conf", dans(racine, "/etc/resolv.conf"))
        subprocess.run(["chroot", racine, "sh", "-c", reste], check=True)
    elif mot == "ENV":
        image["env"].update(un.split("=", 1) for un in shlex.split(reste))
    elif mot == "USER":
        image["user"] = reste
    elif mot == "WORKDIR":
        image["workdir"] = reste
    elif mot == "VOLUME":
        image["volumes"].append(reste)
    elif mot in ("ENTRYPOINT", "CMD"):
        image[mot.lower()] = forme(reste)
    elif mot == "HEALTHCHECK":
        image["healthcheck"] = forme(reste.split("CMD", 1)[1].strip())
    elif mot not in ("EXPOSE", "STOPSIGNAL"):
        sys.exit(f"instruction inconnue : {mot}")
if os.path.join(dossier, "image") != racine:
    sys.exit("la dernière étape porte un nom : ce n'est pas elle qu'on livre")
json.dump(image, open(os.path.join(dossier, "image.json"), "w", encoding="utf-8"))

# shellcheck shell=bash
# What the scripts of this folder share; sourced, never run. Settings: /etc/gardel/sauvegarde.conf, or the file that SAUVEGARDE_REGLAGES names.
set -euo pipefail
# What is written here holds personal data: for its owner alone.
umask 077
export LC_ALL=C.UTF-8

dire() { printf '%s\n' "$*"; }
mourir() {
  printf 'Erreur : %s\n' "$*" >&2
  exit "${CODE:-1}"
}

REGLAGES="${SAUVEGARDE_REGLAGES:-/etc/gardel/sauvegarde.conf}"
[ -r "$REGLAGES" ] || mourir "les réglages $REGLAGES ne se lisent pas (modèle : sauvegarde.conf, à côté des scripts)."
SAUVEGARDE='' BASE='' DEPOT='' GARDEL='' JOURS=7 SEMAINES=4 DESTINATAIRES=''
# shellcheck source=deploiement/sauvegarde/sauvegarde.conf
. "$REGLAGES"
# The private key is no setting: it is given to a restoration, and stays off this machine otherwise.
IDENTITE="${SAUVEGARDE_IDENTITE:-}"
case $SAUVEGARDE in /?*) ;; *) mourir "SAUVEGARDE ($REGLAGES) doit être un chemin absolu." ;; esac
# shellcheck disable=SC2034 # by those that source this
readonly JOURNAUX="$SAUVEGARDE/journaux" COPIES="$SAUVEGARDE/copies"

# outils VERSION: the tools of that version of PostgreSQL first; Debian keeps them out of PATH.
outils() { PATH="/usr/lib/postgresql/$1/bin:$PATH"; }

# What an encrypted file has at the end of its name.
suffixe() { [ -z "$DESTINATAIRES" ] || printf '.age'; }

# From the standard input to the standard output, for the holders of the private keys alone.
scelle() {
  if [ -n "$DESTINATAIRES" ]; then age -R "$DESTINATAIRES"; else cat; fi
}

# The way back of a file, by its name.
descelle() {
  case $1 in
    *.age)
      [ -n "$IDENTITE" ] || mourir "$1 est chiffré : donnez la clé privée (--identite)."
      age -d -i "$IDENTITE" <"$1"
      ;;
    *) cat <"$1" ;;
  esac
}

# The copies that are whole, the oldest first.
copies() {
  [ -d "$COPIES" ] || return 0
  find "$COPIES" -mindepth 1 -maxdepth 1 -type d -name '2*Z' -printf '%f\n' | sort
}

# note COPY NAME: what a copy says of itself.
note() { sed -n "s/^$2=//p" "$COPIES/$1/copie.txt"; }

# shellcheck shell=bash
# What can be wrong with a copy, or with what came of it: each is made wrong, must be refused with its sentence, and is put right again.
# Sourced by bin/restauration, never run.

# refuse WHAT WORDS COMMAND…: the command fails, and says WORDS.
refuse() {
  local quoi=$1 mots=$2 dit
  shift 2
  if "$@" >"$dossier/refus.log" 2>&1; then
    cat "$dossier/refus.log" >&2
    mourir "$quoi : n’a pas été refusé."
  fi
  sed -i 's/\xc2\xa0/ /g; s/\xe2\x80\xaf/ /g' "$dossier/refus.log"
  dit="$(grep -F -m 1 -- "$mots" "$dossier/refus.log")" || { cat "$dossier/refus.log" >&2; mourir "$quoi : « $mots » n’est pas dit."; }
  note_refus "$quoi" "$dit"
}
# note_refus WHAT SENTENCE: a line of the table, without the names of this machine's folders.
note_refus() {
  local dit=${2//"$dossier"\//}
  dit="${dit//"$scripts"\//}"
  # Nor the moment and the process of a line of PostgreSQL's log, nor the whole of a name drawn at random.
  refusal "$1" "$(printf '%s' "$dit" | sed -E 's/^[0-9-]+ [0-9:.]+ UTC \[[0-9]+\] //; s#((pieces/[0-9-]+|imports)/[^ )]{8})[^ )]*#\1…#' | tr '|' '/' | cut -c1-220)"
}

# altere FILE [PLACE]: one byte of it becomes another, in the middle or there.
altere() {
  local place octet
  place="${2:-$(($(stat -c %s -- "$1") / 2))}"
  octet="$(od -An -tu1 -j "$place" -N 1 -- "$1")"
  printf "\\x$(printf %02x $((octet ^ 1)))" | dd of="$1" bs=1 seek="$place" conv=notrunc status=none
}
# Twice is as before.
remet() { altere "$@"; }

# A restoration to the second that was chosen, in a folder apart, and PostgreSQL started on it; prints its log. It fails when PostgreSQL does
# not come to the second.
essaie_le_journal() {
  local ailleurs="$dossier/ailleurs" code=0
  rm -rf -- "$ailleurs"
  install -d -o "$PG_USER" -m 700 "$ailleurs"
  # Along the timeline of before: the return has begun another one.
  gardel_restaure --base "$ailleurs" --instant "$instant" --copie "$copie" --chronologie 1 || return 0
  : >"$dossier/pg/ailleurs.log"
  chown "$PG_USER" "$dossier/pg/ailleurs.log"
  as_pg_user "$PG_BIN/pg_ctl" -D "$ailleurs" -w -t 120 -s -l "$dossier/pg/ailleurs.log" -o "-c unix_socket_directories='$ailleurs' -c archive_mode=off" start </dev/null || code=$?
  # It opens for readings before it stops: only one that takes writes has come to its second.
  local essai
  for essai in $(seq 150); do
    [ -f "$ailleurs/postmaster.pid" ] || { code=1; break; }
    [ "$("$PG_BIN/psql" -X -q -A -t -h "$ailleurs" -U gardel -d postgres -c 'select pg_is_in_recovery()' 2>/dev/null)" != f ] || { code=0; break; }
    sleep 0.2
  done
  as_pg_user "$PG_BIN/pg_ctl" -D "$ailleurs" -m immediate -w -s stop >/dev/null 2>&1 || true
  cat "$dossier/pg/ailleurs.log"
  return "$code"
}

# The segments that lead from the copy to the second: one in their middle.
segment_du_milieu() {
  local depuis
  depuis="$(sed -n 's/^journal=//p' "$dossier/copies/copies/$copie/copie.txt")"
  find "$dossier/copies/journaux" -name '????????????????????????.zst*' -printf '%f\n' | sort | awk -v depuis="$depuis" 'substr($0, 1, 24) > depuis' | head -n 1
}

fautes() {
  local chemin segment fichier place libelle
  copie="$(sed -n 's/^Copie \(2[0-9TZ]*\)\.$/\1/p' "$dossier/restaure.log")"
  titre "Ce qui peut être faux ($facon)"

  # The store.
  chemin="$depot/$(sql gardel "select fichier from export where etat = 'pret' order by id limit 1")"
  mv -- "$chemin" "$dossier/cache"
  refuse 'un fichier d’export manque' 'n’est pas dans le dépôt' "${reglages[@]}" "$bin/gardel" verifier --rapide
  mv -- "$dossier/cache" "$chemin"
  chemin="$depot/$(sql gardel 'select chemin from piece_jointe order by id limit 1')"
  altere "$chemin"
  refuse 'une pièce jointe est altérée' 'n’est plus le même' "${reglages[@]}" "$bin/gardel" verifier
  remet "$chemin"
  chemin="$depot/$(sql gardel 'select chemin from import order by id limit 1')"
  cp -- "$chemin" "$dossier/cache"
  truncate -s -1 "$chemin"
  refuse 'un fichier importé est coupé' 'au lieu de' "${reglages[@]}" "$bin/gardel" verifier --rapide
  cp -- "$dossier/cache" "$chemin"
  chemin="$depot/$(sql gardel "select fichier || '.manifeste.json' from export where etat = 'pret' order by id limit 1")"
  cp -- "$chemin" "$dossier/cache"
  sed -i 's/"lignes_ecrites": \([0-9]*\)/"lignes_ecrites": 1\1/' "$chemin"
  refuse 'un manifeste ment' 'le manifeste dit lignes_ecrites' "${reglages[@]}" "$bin/gardel" verifier --rapide
  cp -- "$dossier/cache" "$chemin"

  # A row, on the disk, behind PostgreSQL.
  libelle="$(sql gardel 'select libelle from nature order by id limit 1')"
  fichier="$base/$(sql gardel "select pg_relation_filepath('nature')")"
  sql gardel checkpoint
  as_pg_user "$PG_BIN/pg_ctl" -D "$base" -m fast -w -s stop
  place="$(grep -abo -m 1 -F -- "$libelle" "$fichier" | head -n 1 | cut -d: -f1)"
  altere "$fichier" "$place"
  demarre_base
  refuse 'une ligne est altérée sur le disque' 'que rien n’a écrites depuis le relevé' "${reglages[@]}" "$bin/gardel" verifier --sans-fichiers --compare "$releve"
  as_pg_user "$PG_BIN/pg_ctl" -D "$base" -m fast -w -s stop
  remet "$fichier" "$place"
  demarre_base

  # The copy: the base, then the journal, then the key.
  fichier="$(ls "$dossier/copies/copies/$copie"/base.tar.zst*)"
  altere "$fichier"
  refuse 'la base de la copie est abîmée' 'est abîmée' gardel_restaure --base "$dossier/vide" --copie "$copie"
  remet "$fichier"
  segment="$dossier/copies/journaux/$(segment_du_milieu)"
  mv -- "$segment" "$dossier/cache"
  refuse 'un journal manque au milieu' 'le journal a un trou' essaie_le_journal
  mv -- "$dossier/cache" "$segment"
  altere "$segment"
  refuse 'un journal est altéré' 'ne se lit pas' essaie_le_journal
  remet "$segment"
  # The last ones: PostgreSQL itself says that the journal does not lead to the second.
  mkdir "$dossier/retires"
  find "$dossier/copies/journaux" -name '????????????????????????.zst*' -exec mv -t "$dossier/retires" -- {} +
  refuse 'la fin du journal manque' 'recovery ended before configured recovery target was reached' essaie_le_journal
  find "$dossier/retires" -type f -exec mv -t "$dossier/copies/journaux" -- {} +
  rmdir "$dossier/retires"
  # Put right again, the same restoration ends well: it was refused for what was wrong.
  essaie_le_journal >"$dossier/refus.log" 2>&1 || { cat "$dossier/refus.log" >&2; mourir 'remis en ordre, le journal ne se rejoue plus.'; }
  if [ "$facon" = chiffre ]; then
    refuse 'la clé privée n’est pas donnée' 'est chiffré' as_pg_user env "SAUVEGARDE_REGLAGES=$dossier/sauvegarde.conf" "$scripts/gardel-restaure" --base "$dossier/pg/vide" --copie "$copie"
  fi
  rm -rf -- "$dossier/ailleurs" "$dossier/vide" "$dossier/pg/vide"
  le_dump
}

# The dump of the same copy, read back into a base of its own: the statement to the row, and one row more is told.
le_dump() {
  local autre
  gardel_restaure --dump "$dossier/pg/dump" --copie "$copie" >"$dossier/restaure-dump.log" 2>&1 || { cat "$dossier/restaure-dump.log" >&2; mourir 'le dump ne se rend pas.'; }
  sql postgres 'create database gardel_rendue'
  autre="postgres://gardel@localhost/gardel_rendue?host=$(url_encode "$prises")"
  as_pg_user "$PG_BIN/pg_restore" --jobs=2 --exit-on-error --dbname="$autre" "$dossier/pg/dump" >"$dossier/pg_restore.log" 2>&1 || { cat "$dossier/pg_restore.log" >&2; mourir 'pg_restore échoue.'; }
  local -a garde=("${reglages[@]}")
  reglages+=("DATABASE_URL=$autre")
  chronometre 'dump relu, gardel verifier --compare (à la ligne près)' verifie 0 'toutes les mêmes' --sans-fichiers --compare "$releve"
  sql gardel_rendue "set session_replication_role = replica; update nature set libelle = libelle || ' ' where id = (select min(id) from nature)"
  refuse 'une ligne du dump relu est altérée' 'n’est pas celle du relevé' "${reglages[@]}" "$bin/gardel" verifier --sans-fichiers --compare "$releve"
  sql gardel_rendue "set session_replication_role = replica; delete from hebergeur where id = (select min(hebergeur_id) from logement)"
  refuse 'une référence mène nulle part' 'qui n’existent pas' "${reglages[@]}" "$bin/gardel" verifier --sans-fichiers
  reglages=("${garde[@]}")
  sql postgres 'drop database gardel_rendue'
}

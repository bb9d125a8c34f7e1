# shellcheck shell=bash
# What bin/restauration does with a base, a store and the programs; sourced by it, never run.

# sql BASE STATEMENT
sql() { "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$prises" -U gardel -d "$1" -c "$2"; }

# chronometre WHAT COMMAND…: a line of the table, with the seconds that it took.
chronometre() {
  local quoi=$1 debut fin
  shift
  debut="$(date +%s%N)"
  "$@"
  fin="$(date +%s%N)"
  resultat "$quoi" "$(awk -v ns="$((fin - debut))" 'BEGIN { printf "%.1f s", ns / 1e9 }' | tr . ,)"
}

# The installation: a cluster whose journal is archived by the script, as the guide says, the programs and invented data.
prepare() {
  prises="$dossier/prises"
  base="$dossier/principale"
  depot="$dossier/depot"
  pg_log="$dossier/pg/postgresql.log"
  install -d -o "$PG_USER" -m 755 "$dossier/pg"
  install -d -o "$PG_USER" -m 777 "$prises"
  install -d -o "$PG_USER" -m 700 "$dossier/copies" "$base"
  url="postgres://gardel@localhost/gardel?host=$(url_encode "$prises")"
  destinataires=''
  if [ "$facon" = chiffre ]; then
    age-keygen -o "$dossier/cle" 2>/dev/null
    age-keygen -y "$dossier/cle" >"$dossier/sauvegarde.pub"
    chmod 644 "$dossier/sauvegarde.pub"
    chown "$PG_USER" "$dossier/cle"
    destinataires="$dossier/sauvegarde.pub"
  fi
  # Named as they are in the delivered file: a setting that is no more is found here.
  sed -e "s#^SAUVEGARDE=.*#SAUVEGARDE=$dossier/copies#" -e "s#^BASE=.*#BASE='$url'#" -e "s#^DEPOT=.*#DEPOT=$depot#" \
    -e "s#^GARDEL=.*#GARDEL=$scripts/gardel#" -e "s#^DESTINATAIRES=.*#DESTINATAIRES=$destinataires#" \
    "$ROOT/deploiement/sauvegarde/sauvegarde.conf" >"$dossier/sauvegarde.conf"
  chmod 644 "$dossier/sauvegarde.conf"
  as_pg_user "$PG_BIN/initdb" -D "$base" -E UTF8 --locale=C.UTF-8 --auth=trust --username=gardel >"$dossier/initdb.log" 2>&1 ||
    { cat "$dossier/initdb.log" >&2; mourir 'initdb a échoué.'; }
  as_pg_user tee -a "$base/postgresql.conf" >/dev/null <<REGLAGES
listen_addresses = ''
unix_socket_directories = '$prises'
shared_buffers = 256MB
timezone = 'UTC'
archive_mode = on
archive_timeout = 60s
archive_command = 'SAUVEGARDE_REGLAGES="$dossier/sauvegarde.conf" "$scripts/gardel-archive-wal" %p %f'
REGLAGES
  demarre_base
  at_exit "tue_base"
  sql postgres 'create database gardel'
  # The store of an installation: its group reads it, and the account that copies is of it.
  install -d -g "$GROUPE" -m 2770 "$depot"
  port="$(free_port)"
  gestion="$(free_port)"
  reglages=(env "DATABASE_URL=$url" "STORAGE_URL=$depot" GARDEL_ENVIRONNEMENT=demo ROCKET_ADDRESS=127.0.0.1 "ROCKET_PORT=$port"
    "GARDEL_GESTION_PORT=$gestion" "GARDEL_ADRESSE_PUBLIQUE=http://127.0.0.1:$port")
  run_long "${reglages[@]}" "$bin/gardel" migrate >"$dossier/migrate.log" 2>&1 || { cat "$dossier/migrate.log" >&2; exit 1; }
  run_long "${reglages[@]}" "$bin/gardel" demo --sejours "$sejours_demandes" >"$dossier/demo.log" 2>&1 || { cat "$dossier/demo.log" >&2; exit 1; }
  demarre_gardel
}

demarre_gardel() {
  start_child gardel "$LOG_DIR/gardel.log" "${reglages[@]}" "$bin/gardel" serve
  start_child ouvrier "$LOG_DIR/ouvrier.log" "${reglages[@]}" "$bin/gardel-worker"
  wait_http "$gestion" /readyz "$READY_SECONDS_MAX" gardel ouvrier
}
arrete_gardel() {
  stop_child_named ouvrier
  stop_child_named gardel
}
# travaille ROUND: people at work.
travaille() { node "$ROOT/tests/restauration/ecrit.mjs" "http://127.0.0.1:$port" "$1" "$dossier/bilan.json"; }

# Starts PostgreSQL on the folder of the moment, and waits until it has played its journal and takes writes.
demarre_base() {
  as_pg_user "$PG_BIN/pg_ctl" -D "$base" -w -t 300 -s -l "$pg_log" start >/dev/null 2>"$dossier/pg_ctl.log" </dev/null ||
    { tail -n 20 "$pg_log" >&2; mourir 'PostgreSQL n’a pas démarré.'; }
  local essai
  for essai in $(seq 600); do
    [ "$(sql postgres 'select pg_is_in_recovery()' 2>/dev/null)" != f ] || return 0
    sleep 0.2
  done
  mourir "la base rejoue encore son journal après $essai essais."
}
# It is killed as a machine that loses its power.
tue_base() { as_pg_user "$PG_BIN/pg_ctl" -D "$base" -m immediate -w -s stop >/dev/null 2>&1 || true; }

# The scripts, under the account of PostgreSQL, with the settings of this installation.
sauvegarde() { as_pg_user env "SAUVEGARDE_REGLAGES=$dossier/sauvegarde.conf" "$scripts/gardel-sauvegarde" "$@" >>"$dossier/sauvegarde.log" 2>&1 || { tail -n 20 "$dossier/sauvegarde.log" >&2; mourir "gardel-sauvegarde $* échoue."; }; }
gardel_restaure() {
  local -a cle=()
  if [ "$facon" = chiffre ]; then cle=(--identite "$dossier/cle"); fi
  as_pg_user env "SAUVEGARDE_REGLAGES=$dossier/sauvegarde.conf" "$scripts/gardel-restaure" "$@" ${cle[@]+"${cle[@]}"}
}
restaure() {
  install -d -o "$PG_USER" -m 700 "$dossier/rendue" "$dossier/rendus"
  gardel_restaure "$@" >"$dossier/restaure.log" 2>&1 || { cat "$dossier/restaure.log" >&2; mourir "gardel-restaure échoue."; }
}

# What is written goes to the archive, as a minute would have done.
journal_archive() {
  local dernier essai
  dernier="$(sql gardel 'select pg_walfile_name(pg_switch_wal())')"
  for essai in $(seq 300); do
    # The name of a switch at the very beginning of a segment is that of the one before.
    ! ls "$dossier/copies/journaux/$dernier".zst* >/dev/null 2>&1 || return 0
    sleep 0.2
  done
  mourir "le journal $dernier n’est pas archivé après $essai essais."
}

# The restored store is that of the application again, as the guide says it.
donne_le_depot() { chown -R "$(id -un):$GROUPE" "$depot"; }
# One file out of two goes.
perd_la_moitie() { find "$depot" -type f | sort | awk 'NR % 2' | tr '\n' '\0' | xargs -0 rm -f --; }

# The content of each table, by other means than those of gardel verifier: its rows as COPY writes them, in the order of their bytes.
sommes() {
  local table
  while IFS= read -r table; do
    printf '%s %s\n' "$table" "$(sql gardel "copy (select * from only public.$table) to stdout" | sort | sha256sum | cut -d' ' -f1)"
  done < <(sql gardel "select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname collate \"C\"")
}
exports_prets() { sql gardel "select id, sha256, octets from export where etat = 'pret' order by id"; }

# verifie CODE WORDS OPTION…: gardel verifier ends with CODE and says WORDS.
verifie() {
  local attendu=$1 mots=$2 code=0
  shift 2
  "${reglages[@]}" "$bin/gardel" verifier "$@" >"$dossier/verifier.log" 2>&1 || code=$?
  # Unbreakable spaces are made plain.
  sed -i 's/\xc2\xa0/ /g; s/\xe2\x80\xaf/ /g' "$dossier/verifier.log"
  if [ "$code" -ne "$attendu" ] || ! grep -qF -- "$mots" "$dossier/verifier.log"; then
    cat "$dossier/verifier.log" >&2
    mourir "gardel verifier $* : code $code au lieu de $attendu, ou « $mots » n’est pas dit."
  fi
}

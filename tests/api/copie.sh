# shellcheck shell=bash
# The copy of a warehouse: docs/exemples/copie.py, killed twice by SIGKILL while rows are changed, added and deleted beside it, some of
# them by transactions that end long after they began. What it holds at the end is what plain SQL reads. Sourced by bin/api.

# At once, as a page does it: twenty rows changed, two deleted, two added, whose number of writing is never given.
ecriture() {
  local colonnes
  colonnes="$(sql -c "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = 'sejour'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'suivi'")"
  printf '%s' "
  UPDATE sejour SET date_perception = date_perception + 1, version = version + 1 WHERE id IN (SELECT floor(random() * (SELECT max(id) FROM sejour))::bigint FROM generate_series(1, 20));
  DELETE FROM sejour WHERE id IN (SELECT floor(random() * (SELECT max(id) FROM sejour))::bigint FROM generate_series(1, 2));
  INSERT INTO sejour ($colonnes) SELECT $(sed 's/[a-z_0-9]\+/r.&/g' <<<"$colonnes") FROM (SELECT * FROM sejour WHERE id >= (SELECT floor(random() * (SELECT max(id) FROM sejour))::bigint) ORDER BY id LIMIT 2) s,
    jsonb_populate_record(NULL::sejour, to_jsonb(s) || jsonb_build_object('id', nextval(pg_get_serial_sequence('sejour', 'id')), 'reference', left(s.reference, 4) || upper(left(md5(random()::text), 8)))) r;"
}

# Writes until the file is there, three ways: at once; and in transactions that last, one after the other.
ecrire_jusqua() {
  local fin=$1 lente=$2
  while [ ! -e "$fin" ]; do
    if [ "$lente" = 0 ]; then
      sql -c "BEGIN; $ECRITURE COMMIT" >/dev/null 2>>"$LOG_DIR/ecritures.log" || true
      sleep 0.05
    else
      sql -c "BEGIN; $ECRITURE SELECT pg_sleep($lente); COMMIT" >/dev/null 2>>"$LOG_DIR/ecritures.log" || true
    fi
    printf '.' >>"$LOG_DIR/ecritures"
  done
}

# attendre_ecritures N: until N transactions more have been made, whatever the machine's speed: what is copied beside none proves nothing.
attendre_ecritures() {
  local but=$(($(faites) + $1)) i
  for i in $(seq 1200); do
    [ "$(faites)" -lt "$but" ] || return 0
    sleep 0.1
  done
  mourir 'les écritures à côté n’avancent plus.'
}
faites() { [ ! -e "$LOG_DIR/ecritures" ] && echo 0 || wc -c <"$LOG_DIR/ecritures"; }

lignes_copiees() {
  "$PYTHON/bin/python" -c 'import sqlite3, sys
try: print(sqlite3.connect(sys.argv[1]).execute("select count(*) from lignes").fetchone()[0])
except sqlite3.Error: print(0)' "$LOG_DIR/copie.sqlite"
}

copie() { JETON="$JETON_API" "$PYTHON/bin/python" docs/exemples/copie.py "$url" sejours "$LOG_DIR/copie.sqlite" "$1"; }

# prouver_copie PAGE: rows of a page.
prouver_copie() {
  local page=$1 total ECRITURE copieur tour debut dernier i
  local -a ecrivains=()
  titre 'La copie d’un entrepôt, interrompue deux fois, des écritures à côté'
  total="$(sql -c "SELECT count(*) FROM sejour WHERE code_insee IN ($lieux)")"
  ECRITURE="$(ecriture)"
  debut=$SECONDS
  rm -f -- "$LOG_DIR/assez" "$LOG_DIR/ecritures"
  for i in 0 0 1 3; do
    ecrire_jusqua "$LOG_DIR/assez" "$i" &
    ecrivains+=("$!")
  done
  at_exit "touch $(printf %q "$LOG_DIR/assez")"
  attendre_ecritures 4
  for tour in 1 2; do
    # Not through the function: what is killed must be the program.
    JETON="$JETON_API" "$PYTHON/bin/python" docs/exemples/copie.py "$url" sejours "$LOG_DIR/copie.sqlite" "$page" &
    copieur=$!
    while [ "$(lignes_copiees)" -lt $((total * tour / 3)) ]; do
      kill -0 "$copieur" 2>/dev/null || mourir 'la copie s’est arrêtée d’elle-même avant d’être interrompue.'
      # To count a large copy takes long: not again at once.
      sleep "$((total / 200000))"
    done
    kill -9 "$copieur"
    wait "$copieur" 2>/dev/null || true
    dire "interrompue à $(lignes_copiees) lignes sur $total"
    # Between two parts of the copy too: what it reads next has moved.
    attendre_ecritures 4
  done
  copie "$page"
  dire "finie pendant les écritures : $(lignes_copiees) lignes, $((SECONDS - debut)) s"
  # And after it believes to have all.
  attendre_ecritures 4
  touch "$LOG_DIR/assez"
  wait "${ecrivains[@]}"
  # What committed is read once nothing that began before is left: a moment.
  dernier="$(sql -c 'SELECT suivi_ici()')"
  for i in $(seq 200); do
    [ "$(sql -c "SELECT suivi_horizon() > $dernier")" = t ] && break
    sleep 0.1
  done
  copie "$page"
  "$PYTHON/bin/python" - "$LOG_DIR/copie.sqlite" >"$LOG_DIR/copie.lignes" <<'PYTHON'
import json, sqlite3, sys
for cle, valeurs in sqlite3.connect(sys.argv[1]).execute("select id, valeurs from lignes order by id"):
    r = json.loads(valeurs)
    print("|".join("" if v is None else str(v) for v in (cle, r["reference"], r["debut"], r["logement"]["id"], r["montant"], r["statut"]["code"], r["perception"])))
PYTHON
  sql -F '|' -c "SELECT id, reference, date_debut, logement_id, to_char(montant / 100.0, 'FM999999990.00'), statut, date_perception FROM sejour WHERE code_insee IN ($lieux) ORDER BY id" >"$LOG_DIR/base.lignes"
  cmp -- "$LOG_DIR/copie.lignes" "$LOG_DIR/base.lignes" || {
    diff -- "$LOG_DIR/copie.lignes" "$LOG_DIR/base.lignes" | head -n 10
    mourir 'la copie n’est pas la base.'
  }
  ! grep -qi 'error' "$LOG_DIR/ecritures.log" || { head -5 "$LOG_DIR/ecritures.log"; mourir 'les écritures à côté ont échoué.'; }
  dire "$(wc -l <"$LOG_DIR/base.lignes") lignes des deux côtés, SHA-256 $(sha256sum <"$LOG_DIR/base.lignes" | cut -c1-16), $(wc -c <"$LOG_DIR/ecritures") transactions à côté, $(sql -c "SELECT count(*) FROM suppression WHERE liste = 'sejours'") suppressions, $((SECONDS - debut)) s"
}

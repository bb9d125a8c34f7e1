# shellcheck shell=bash
# The accidents of bin/alertes, which sources this after installation.sh: one function makes each, one repairs it. `joue_tout` is their
# order. What comes « in so long » in the rules comes FACTEUR times sooner here; a lease, a lock and a statement keep their seconds.

rien() { :; }
repare() { repare_a="$(date +%s)"; }
tue() {
  local pid
  pid="$(child_pid "$1")"
  kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid"
  # Waited for, bash says nothing of its end.
  wait "$pid" 2>/dev/null || true
}
# arrete NAME…: ends these at once, and what they started.
arrete() { local nom; for nom in "$@"; do tue "$nom" 2>/dev/null || true; stop_child_named "$nom"; oublie "$nom"; done; }
# A name is used again by the next process: the old one is forgotten.
oublie() { local i; for i in "${!CHILD_NAMES[@]}"; do [ "${CHILD_NAMES[i]}" != "$1" ] || CHILD_NAMES[i]="$1 (fini)"; done; }
# tient NAME SQL: a session of psql that begins with SQL and stays.
tient() {
  start_child "$1" "$LOG_DIR/$1.log" bash -c '(printf "%s\n" "$3"; exec sleep 900) | "$1" -X -q -h "$2" -U gardel -d gardel' _ "$PG_BIN/psql" "$PG_SOCKET" "$2"
}
prets() { local n; for n in 1 2; do wait_http "${gestions[n]}" /readyz 60 "gardel-$n"; done; }

# --- PostgreSQL ------------------------------------------------------------------------------------
base_arretee() { arrete_base; sleep 20; demarre_base; repare; prets; }
# A plan that went wrong: the same answer, late. Its statements are cut at ten seconds.
fonction_lente() {
  sql 'ALTER FUNCTION mots_cherches(text) RENAME TO mots_cherches_vite'
  sql 'CREATE FUNCTION mots_cherches(texte text) RETURNS tsquery LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_sleep(11); RETURN mots_cherches_vite(texte); END $$'
}
fonction_vite() { sql 'DROP FUNCTION mots_cherches(text)'; sql 'ALTER FUNCTION mots_cherches_vite(text) RENAME TO mots_cherches'; repare; }
foule() {
  rm -f "$LOG_DIR/foule.assez"
  start_child foule "$LOG_DIR/foule.log" env NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 \
    node "$ESSAIS/passants.mjs" "https://127.0.0.1:$porte" "$JETON" "$LOG_DIR/foule.assez" "$LOG_DIR/foule.txt" 40 foule
}
donnees_tenues() {
  tient verrou 'BEGIN; LOCK TABLE sejour, logement, hebergeur, note IN ACCESS EXCLUSIVE MODE;'
  foule
}
donnees_rendues() { arrete foule verrou; repare; prets; }
# A disk that answers no more freezes whoever reads it: nothing comes back, and no time limit of PostgreSQL can act. Those that read
# the tables of the pages are frozen, one after the other; who knows the sessions and answers the probes lives on.
connexions_figees() {
  local n
  foule
  sleep 4
  figees=''
  for n in $(seq 12); do
    figees="$figees $(sql "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query ~ '\\m(sejour|logement|hebergeur|note)\\M' AND query !~ '\\msession\\M'")"
    # shellcheck disable=SC2086 # several numbers
    kill -STOP $figees 2>/dev/null || true
    sleep 0.5
  done
}
connexions_degelees() {
  arrete foule
  # shellcheck disable=SC2086 # several numbers
  kill -CONT $figees 2>/dev/null || true
  repare
  prets
}
table_absente() { sql 'ALTER TABLE note RENAME TO note_ailleurs'; }
table_revenue() { sql 'ALTER TABLE note_ailleurs RENAME TO note'; repare; }
connexions_prises() {
  local n prises
  prises="$(sql "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")"
  combien=$((72 - prises))
  for n in $(seq "$combien"); do start_child "prise-$n" "$LOG_DIR/prises.log" "$PG_BIN/psql" -X -q -h "$PG_SOCKET" -U gardel -d gardel -c 'SELECT pg_sleep(600)'; done
}
connexions_rendues() {
  local n
  sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'" >/dev/null
  for n in $(seq "$combien"); do arrete "prise-$n"; done
  repare
}
disque_de_la_base_plein() {
  sql 'ALTER TABLE note SET TABLESPACE petit'
  # Compact: the next rows ask for a page soon, and the disk has none.
  sql 'VACUUM FULL note'
  dd if=/dev/zero of="$petit/ballast" bs=64k status=none 2>/dev/null || true
}
disque_de_la_base_vide() { rm -f "$petit/ballast"; sql 'ALTER TABLE note SET TABLESPACE pg_default'; repare; }
transaction_oubliee() {
  # What an operator sets on « Régler les grandes lectures », at its lowest.
  sql 'UPDATE lecture_lourde SET age_max_s = 10'
  tient oubliee 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM sejour;'
  sleep 1
  local n
  for n in 1 2 3; do sql 'SET session_replication_role = replica; UPDATE sejour SET statut = statut'; done
}
transaction_close() { arrete oubliee; sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'" >/dev/null; sleep 1; sql 'VACUUM sejour'; sql 'UPDATE lecture_lourde SET age_max_s = 300'; repare; }
# Numbers of transactions used up, as years of writing would: pg_resetwal moves the next one on.
transactions_usees() {
  # A table that nobody may clean keeps the others from counting: PostgreSQL would freeze everything by itself in a second.
  sql 'CREATE TABLE IF NOT EXISTS retenue ()'
  arrete_replique || true
  arrete_base
  local prochaine=1600000000 segment
  segment="$(printf '%04X' $((prochaine / 1048576)))"
  as_pg_user "$PG_BIN/pg_resetwal" -x "$prochaine" "$PG_DATA" >/dev/null
  as_pg_user dd if=/dev/zero of="$PG_DATA/pg_xact/$segment" bs=256k count=1 status=none
  demarre_base
  tient retenue 'BEGIN; LOCK TABLE retenue IN ACCESS EXCLUSIVE MODE;'
  prets
}
transactions_gelees() {
  arrete retenue
  as_pg_user "$PG_BIN/vacuumdb" -h "$PG_SOCKET" -U gardel --all --freeze >"$LOG_DIR/vacuumdb.log" 2>&1 || { cat "$LOG_DIR/vacuumdb.log" >&2; mourir 'vacuumdb a échoué.'; }
  repare
  # The log of transactions began anew: the replica too.
  pg_query postgres "SELECT pg_drop_replication_slot('alertes')" >/dev/null
  find "$REPLIQUE" "$LOG_DIR/espace-replique" -mindepth 1 -delete 2>/dev/null || true
  prepare_replique || { cat "$LOG_DIR/basebackup.log" >&2; mourir 'pg_basebackup a échoué.'; }
}

# --- Redis, replica, collector of traces --------------------------------------------------------------------------------
redis_tue() { tue redis; }
redis_revient() { oublie redis; rm -f "$LOG_DIR/redis.sock"; start_redis "$LOG_DIR"; repare; }
rejeu_arrete() {
  "$PG_BIN/psql" -X -q -h "$REPLIQUE" -U gardel -d gardel -c 'SELECT pg_wal_replay_pause()' >/dev/null
}
rejeu_repris() { "$PG_BIN/psql" -X -q -h "$REPLIQUE" -U gardel -d gardel -c 'SELECT pg_wal_replay_resume()' >/dev/null; repare; }
replique_arretee() { arrete_replique; }
replique_revient() { demarre_replique; repare; }

collecteur_tue() { tue collecteur; }
collecteur_revient() { oublie collecteur; demarre_collecteur; repare; }

# --- Processes -------------------------------------------------------------------------------------
un_ouvrier_tue() { tue ouvrier-1; }
ouvrier_revient() { arrete ouvrier-1; ouvrier 1; repare; }
ouvriers_tues() { tue ouvrier-1; tue ouvrier-2; }
ouvriers_reviennent() { arrete ouvrier-1 ouvrier-2; ouvrier 1; ouvrier 2; repare; }
une_file_oubliee() { arrete ouvrier-1 ouvrier-2; ouvrier 1 --queue maintenance=1 --queue exports=2 --queue etl_heavy=1 --queue notifications=1 --seulement; }
un_serveur_tue() { tue gardel-1; }
serveur_revient() { arrete gardel-1; serveur 1; wait_http "${gestions[1]}" /readyz "$READY_SECONDS_MAX" gardel-1; repare; }
tout_arrete() { arrete ouvrier-1 ouvrier-2 gardel-1 gardel-2; }
tout_revient() { serveur 1; serveur 2; ouvrier 1; ouvrier 2; prets; repare; }
ouvrier_meurt_sans_cesse() { local n; for n in 1 2 3 4; do arrete ouvrier-2; ouvrier 2; sleep 3; done; }

# --- Queue -----------------------------------------------------------------------------------------
file_en_pause() { sql "INSERT INTO file_attente (queue, en_pause) VALUES ('notifications', true) ON CONFLICT (queue) DO UPDATE SET en_pause = true"; }
file_ouverte() { sql "UPDATE file_attente SET en_pause = false"; repare; }
# The store goes away while files are made, until their attempts are used up.
depot_absent() {
  mv "$depot/fichiers" "$depot/ailleurs"
  touch "$depot/fichiers"
  local n
  for n in $(seq 40); do
    sql "UPDATE job SET max_attempts = greatest(attempts, 1) WHERE name = 'export' AND state = 'ready'"
    sleep 0.5
    [ "$(sql "SELECT count(*) FROM job WHERE state = 'failed'")" -eq 0 ] || break
  done
}
depot_revient() { rm -f "$depot/fichiers"; mv "$depot/ailleurs" "$depot/fichiers"; repare; }
controle() { sql "UPDATE export SET controle_le = NULL; INSERT INTO job (queue, name, payload, title) VALUES ('maintenance', 'controle_exports', '{}', 'contrôle')" >/dev/null; }
fichier_altere() {
  # What a control finds is told by the worker that made it: one serves its queue, as the guide says.
  arrete ouvrier-2
  altere="$depot/fichiers/$(sql "SELECT fichier FROM export WHERE etat = 'pret' ORDER BY id LIMIT 1")"
  cp -p "$altere" "$LOG_DIR/intact"
  printf 'x' | dd of="$altere" bs=1 seek=3 conv=notrunc status=none
  controle
}
fichier_rendu() { cp -p "$LOG_DIR/intact" "$altere"; controle; attend_controle; repare; ouvrier 2; }
attend_controle() { local n; for n in $(seq 100); do [ "$(sql "SELECT count(*) FROM job WHERE name = 'controle_exports' AND state IN ('ready', 'running')")" -gt 0 ] || return 0; sleep 0.3; done; }

# --- Disks, seen from outside, backups -----------------------------------------------------------
depot_rempli() { dd if=/dev/zero of="$depot/ballast" bs=64k status=none 2>/dev/null || true; }
depot_vide() { rm -f "$depot/ballast"; repare; }
nginx_tue() { tue nginx; }
nginx_revient() { arrete nginx; demarre_nginx; repare; }
recharge() { nginx -c "$LOG_DIR/nginx/nginx.conf" -s reload 2>>"$LOG_DIR/nginx.log"; arrete blackbox; demarre_blackbox; }
certificat_de_dix_jours() { certificat +10; recharge; }
certificat_perime() { certificat -1; recharge; }
certificat_neuf() { certificat +90; recharge; repare; }
jeton_revoque() { sql "UPDATE jeton_api SET expire_le = cree_le + interval '1 second' WHERE nom = 'alertes'"; }
jeton_rendu() { sql "UPDATE jeton_api SET expire_le = now() + interval '1 day' WHERE nom = 'alertes'"; repare; }
# As two days without a backup leave it.
sauvegarde_ancienne() { sed -i "s/} [0-9]*$/} $(($(date +%s) - 172800))/" "$LOG_DIR/mesures/gardel-sauvegarde-base.prom"; }
sauvegarde_faite() { note_sauvegarde base; repare; }

joue_tout() {
  # An hour of the rules without an accident, so that their windows have something to say.
  [ -n "$seulement" ] || sleep $((3600 / FACTEUR + 10))
  titre 'Accidents'
  # First those that answer 5xx: the windows of the budgets take long to forget them.
  epreuve 'PostgreSQL arrêté 20 s' base_arretee rien 300 GardelBaseInjoignable GardelBudgetTresVite GardelBudgetVite GardelBudgetSoutenu GardelBudgetLent
  epreuve 'le dépôt disparaît pendant un export' depot_absent depot_revient 60 GardelTravauxEnEchec
  epreuve 'PostgreSQL figé, quarante personnes' connexions_figees connexions_degelees 90 GardelConnexionsRefusees
  epreuve 'tables verrouillées, quarante personnes' donnees_tenues donnees_rendues 90 GardelDonneesTenues
  epreuve 'une fonction de la base devenue lente' fonction_lente fonction_vite 120 GardelRequetesCoupees GardelRequetesLentes
  epreuve 'une table renommée à la main' table_absente table_revenue 60 GardelDefautSQL GardelErreursAuJournal
  if [ "$disques" = oui ]; then
    epreuve 'disque de PostgreSQL plein' disque_de_la_base_plein disque_de_la_base_vide 90 GardelBasePleine GardelDisqueBientotPlein
  else
    for nom in GardelBasePleine GardelDisqueBientotPlein GardelDepotBientotPlein GardelDepotPlein; do raison[$nom]='demande root, pour un petit disque à part'; done
  fi
  epreuve 'un milliard et demi de transactions sans gel' transactions_usees transactions_gelees 90 GardelTransactionsAGeler
  epreuve 'une transaction oubliée, des lignes récrites' transaction_oubliee transaction_close 180 GardelVieilleTransaction GardelLignesMortes GardelGrandesLecturesEnAttente
  epreuve 'connexions oubliées' connexions_prises connexions_rendues 60 GardelConnexionsBientotEpuisees
  if [ -n "$replique" ]; then
    epreuve 'réplique dont le rejeu est arrêté' rejeu_arrete rejeu_repris 120 GardelReplicaEnRetard
    epreuve 'réplique arrêtée' replique_arretee replique_revient 60 GardelReplicaArrete
  else
    for nom in GardelReplicaArrete GardelReplicaEnRetard; do raison[$nom]='ce programme ne lit pas de réplique'; done
  fi
  epreuve 'un fichier d’export altéré' fichier_altere fichier_rendu 60 GardelExportsFaux
  # Forgotten while the others are played.
  [ -n "$seulement" ] || { file_en_pause; pause_depuis="$(date +%s)"; }
  epreuve 'un serveur web tué (SIGKILL)' un_serveur_tue serveur_revient 30 GardelServeurArrete
  epreuve 'un ouvrier tué (SIGKILL)' un_ouvrier_tue ouvrier_revient 30 GardelOuvrierArrete
  epreuve 'les deux ouvriers tués (SIGKILL)' ouvriers_tues ouvriers_reviennent 90 GardelAucunOuvrier GardelFileEnAttente
  epreuve 'un ouvrier qui ne sert pas toutes les files' une_file_oubliee ouvriers_reviennent 60 GardelFileSansOuvrier
  epreuve 'un ouvrier qui meurt sans cesse' ouvrier_meurt_sans_cesse repare 30 GardelRedemarreSansCesse
  epreuve 'tous les processus arrêtés' tout_arrete tout_revient 60 GardelMesuresAbsentes
  epreuve 'Redis tué' redis_tue redis_revient 60 GardelRedisAbsent
  epreuve 'collecteur de traces tué' collecteur_tue collecteur_revient 120 GardelTracesPerdues
  epreuve 'nginx tué' nginx_tue nginx_revient 30 GardelInjoignable
  epreuve 'jeton de la sonde expiré' jeton_revoque jeton_rendu 60 GardelCommuneSansReponse
  epreuve 'certificat expiré' certificat_perime certificat_neuf 60 GardelCertificatExpire
  epreuve 'certificat qui expire dans dix jours' certificat_de_dix_jours certificat_neuf 120 GardelCertificatBientotExpire
  epreuve 'deux jours sans sauvegarde' sauvegarde_ancienne sauvegarde_faite 90 GardelSauvegardeAncienne
  [ "$disques" = non ] || epreuve 'disque du dépôt plein' depot_rempli depot_vide 60 GardelDepotBientotPlein GardelDepotPlein
  provoque_a="${pause_depuis:-}"
  epreuve 'une file mise en pause et oubliée' file_en_pause file_ouverte 180 GardelFileEnPause
}

# shellcheck shell=bash
# The whole application for a proof that looks at it from outside: both programs on a base of invented data, an identity provider,
# a mail server. Sourced by bin/test and bin/api, after lib.sh; DATABASE_URL and REDIS_URL name servers, LOG_DIR a folder.

readonly READY_SECONDS_MAX=60
SEJOURS=3000
readonly BROWSER_BASE=gardel_navigateur

free_port() {
  node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

# Where the programs are: those of the tests, or of BINAIRES.
programmes() { printf '%s' "${BINAIRES:-${CARGO_TARGET_DIR:-$ROOT/target}/debug}"; }

admin_sql() { "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "$1"; }

drop_browser_base() { admin_sql "drop database if exists $BROWSER_BASE with (force)" >/dev/null 2>&1; }

start_application() {
  local base bin
  bin="$(programmes)"
  drop_browser_base
  admin_sql "create database $BROWSER_BASE"
  # Dropped before the cluster stops: exit handlers run last registered first.
  at_exit drop_browser_base
  base="$(url_with_base "$DATABASE_URL" "$BROWSER_BASE")"
  application_base=$base
  port="$(free_port)"
  fournisseur_port="$(free_port)"
  messagerie_port="$(free_port)"
  bureau_port="$(free_port)"
  local -a reglages=(env "DATABASE_URL=$base" "REDIS_URL=$REDIS_URL" "STORAGE_URL=$LOG_DIR/fichiers"
    GARDEL_ENVIRONNEMENT=demo ROCKET_ADDRESS=127.0.0.1 "ROCKET_PORT=$port" "GARDEL_ADRESSE_PUBLIQUE=http://127.0.0.1:$port"
    "GARDEL_OIDC_EMETTEUR=http://localhost:$fournisseur_port" GARDEL_OIDC_CLIENT=gardel
    'GARDEL_OIDC_SECRET=un secret: avec % des signes' GARDEL_OIDC_NOM=AgentConnect
    "GARDEL_SMTP_URL=smtp://localhost:$messagerie_port?tls=aucun" 'GARDEL_SMTP_EXPEDITEUR=Gardel <ne-pas-repondre@ville.gp>')
  start_child fournisseur "$LOG_DIR/fournisseur.log" node "$ROOT/tests/fournisseur/fournisseur.mjs" --reste \
    --port "$fournisseur_port" --retour "http://127.0.0.1:$port/connexion/externe/retour"
  start_child messagerie "$LOG_DIR/messagerie.log" node "$ROOT/tests/messagerie/messagerie.mjs" --reste \
    --port "$messagerie_port" --bureau "$bureau_port"
  run_long "${reglages[@]}" "$bin/gardel" migrate >"$LOG_DIR/migrate.log" 2>&1 || { cat "$LOG_DIR/migrate.log"; return 1; }
  run_long "${reglages[@]}" "$bin/gardel" demo --sejours "$SEJOURS" >"$LOG_DIR/demo.log" 2>&1 || { cat "$LOG_DIR/demo.log"; return 1; }
  start_child gardel "$LOG_DIR/gardel.log" "${reglages[@]}" "$bin/gardel" serve
  start_child gardel-worker "$LOG_DIR/gardel-worker.log" "${reglages[@]}" "$bin/gardel-worker"
  wait_http "$port" /connexion "$READY_SECONDS_MAX" gardel gardel-worker
}

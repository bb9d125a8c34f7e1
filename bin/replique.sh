# shellcheck shell=bash
# A streaming replica of the cluster that start_cluster started, for a proof of this machine alone. Sourced after lib.sh; LOG_DIR is a
# folder that the user of PostgreSQL may pass through.

readonly REPLIQUE_CONNEXIONS=200

# prepare_replique: copies the cluster and starts it; REPLIQUE is its folder, its socket too.
prepare_replique() {
  REPLIQUE="$LOG_DIR/replique"
  mkdir -m 700 "$REPLIQUE"
  touch "$LOG_DIR/replique.log"
  [ "$PG_USER" = "$(id -un)" ] || chown "$PG_USER" "$REPLIQUE" "$LOG_DIR/replique.log"
  as_pg_user "$PG_BIN/pg_basebackup" -h "$PG_SOCKET" -U gardel -D "$REPLIQUE" -R -X stream -c fast >"$LOG_DIR/basebackup.log" 2>&1 ||
    { cat "$LOG_DIR/basebackup.log" >&2; mourir 'pg_basebackup a échoué.'; }
  rm -f "$REPLIQUE"/.s.PGSQL.*
  demarre_replique
  at_exit 'arrete_replique immediate'
}
# A replica refuses to start with fewer connections than its primary, whose settings are those of a command line.
demarre_replique() {
  as_pg_user "$PG_BIN/pg_ctl" -D "$REPLIQUE" -w -t 60 -s -l "$LOG_DIR/replique.log" \
    -o "-c listen_addresses= -c max_connections=$REPLIQUE_CONNEXIONS -c timezone=UTC -c unix_socket_directories=$REPLIQUE -c unix_socket_permissions=0777" start >/dev/null </dev/null ||
    { tail "$LOG_DIR/replique.log" >&2; mourir 'la réplique n’a pas démarré.'; }
}
arrete_replique() { as_pg_user "$PG_BIN/pg_ctl" -D "$REPLIQUE" -m "${1:-fast}" -w -s stop >/dev/null 2>&1; }
sql_replique() { as_pg_user "$PG_BIN/psql" -X -q -A -t -h "$REPLIQUE" -U gardel -d "$1" -c "$2"; }

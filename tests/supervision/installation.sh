# shellcheck shell=bash
# A whole installation and what watches it, for bin/alertes, which sources this: a PostgreSQL of its own and its replica, Redis, two web
# servers, two workers, nginx with TLS, small disks, a mail server, and Prometheus with the configuration of supervision/.

titre 'Installation'
# --- Disks: small ones, that an accident fills -----------------------------------------------------
petit="$LOG_DIR/petit" depot="$LOG_DIR/depot" disques=non
mkdir -p "$petit" "$depot"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=40m tmpfs "$petit" 2>/dev/null; then
  at_exit "umount -l $(printf %q "$petit") 2>/dev/null"
  mount -t tmpfs -o size=80m tmpfs "$depot"
  at_exit "umount -l $(printf %q "$depot") 2>/dev/null"
  disques=oui
fi

# --- PostgreSQL and its replica --------------------------------------------------------------------
find_pg_bin || mourir 'PostgreSQL est introuvable : lancez bin/setup.'
PG_USER="$(id -un)"
[ "$(id -u)" -ne 0 ] || PG_USER=postgres
PG_DATA="$LOG_DIR/base"
PG_SOCKET="$PG_DATA"
PG_LOG="$LOG_DIR/postgresql.log"
REPLIQUE="$LOG_DIR/replique"
touch "$PG_LOG" "$LOG_DIR/replique.log"
mkdir -m 700 "$PG_DATA" "$REPLIQUE"
mkdir -p "$petit/espace"
[ "$PG_USER" = "$(id -un)" ] || chown "$PG_USER" "$PG_DATA" "$REPLIQUE" "$PG_LOG" "$LOG_DIR/replique.log" "$petit/espace"
as_pg_user "$PG_BIN/initdb" -D "$PG_DATA" -E UTF8 --locale=C.UTF-8 --auth=trust --username=gardel --no-sync >"$LOG_DIR/initdb.log" 2>&1 ||
  { cat "$LOG_DIR/initdb.log" >&2; mourir 'initdb a échoué.'; }
cat >>"$PG_DATA/postgresql.conf" <<REGLAGES
listen_addresses = ''
unix_socket_directories = '$PG_DATA'
unix_socket_permissions = 0777
max_connections = 80
shared_buffers = 128MB
timezone = 'UTC'
# A table that an accident fills with dead rows keeps them until it is cleaned by hand.
autovacuum_naptime = 1min
REGLAGES
demarre_base() { as_pg_user "$PG_BIN/pg_ctl" -D "$PG_DATA" -w -s -l "$PG_LOG" start >/dev/null </dev/null || { tail "$PG_LOG" >&2; mourir 'PostgreSQL n’a pas démarré.'; }; }
arrete_base() { as_pg_user "$PG_BIN/pg_ctl" -D "$PG_DATA" -m "${1:-fast}" -w -s stop >/dev/null 2>&1; }
demarre_replique() { as_pg_user "$PG_BIN/pg_ctl" -D "$REPLIQUE" -w -s -l "$LOG_DIR/replique.log" start >/dev/null </dev/null || { tail "$LOG_DIR/replique.log" >&2; mourir 'la réplique n’a pas démarré.'; }; }
arrete_replique() { as_pg_user "$PG_BIN/pg_ctl" -D "$REPLIQUE" -m fast -w -s stop >/dev/null 2>&1; }
at_exit 'arrete_base immediate'
demarre_base
pg_query postgres 'create database gardel'
base="postgres://gardel@localhost/gardel?host=$(url_encode "$PG_DATA")"
sql() { pg_query gardel "$1"; }
[ "$disques" = non ] || pg_query postgres "create tablespace petit location '$petit/espace'"

start_redis "$LOG_DIR"
messagerie_port="$(free_port)" bureau="$(free_port)" porte="$(free_port)" collecteur_port="$(free_port)"
demarre_collecteur() { start_child collecteur "$LOG_DIR/collecteur.log" node "$ESSAIS/collecteur.mjs" "$collecteur_port"; }
demarre_collecteur
start_child messagerie "$LOG_DIR/messagerie.log" node "$ROOT/tests/messagerie/messagerie.mjs" --reste --port "$messagerie_port" --bureau "$bureau"
reglages=(env "DATABASE_URL=$base" "REDIS_URL=$REDIS_URL" "STORAGE_URL=$depot/fichiers" GARDEL_ENVIRONNEMENT=demo GARDEL_JOURNAUX=json
  ROCKET_ADDRESS=127.0.0.1 GARDEL_MANDATAIRES=1 "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$collecteur_port" "GARDEL_ADRESSE_PUBLIQUE=https://127.0.0.1:$porte"
  GARDEL_EXPORTS_PAR_JOUR=100000 GARDEL_ACTIONS_PAR_JOUR=100000 GARDEL_CONSULTATIONS_PAR_HEURE=1000000)
run_long "${reglages[@]}" "$bin/gardel" migrate >"$LOG_DIR/migrate.log" 2>&1 || { cat "$LOG_DIR/migrate.log"; exit 1; }
run_long "${reglages[@]}" "$bin/gardel" demo --sejours 12000 >"$LOG_DIR/demo.log" 2>&1 || { cat "$LOG_DIR/demo.log"; exit 1; }

prepare_replique() {
  local options=()
  [ "$disques" = non ] || options=(-T "$petit/espace=$LOG_DIR/espace-replique")
  as_pg_user "$PG_BIN/pg_basebackup" -h "$PG_DATA" -U gardel -D "$REPLIQUE" -R -X stream -c fast -C -S alertes ${options[@]+"${options[@]}"} >"$LOG_DIR/basebackup.log" 2>&1 || return 1
  # The socket of the primary is in its folder, which was copied.
  rm -f "$REPLIQUE"/.s.PGSQL.5432.lock
  printf "unix_socket_directories = '%s'\n" "$REPLIQUE" >>"$REPLIQUE/postgresql.conf"
  demarre_replique
  at_exit 'arrete_replique'
}
if [ "$disques" = oui ]; then
  mkdir -m 700 "$LOG_DIR/espace-replique"
  chown "$PG_USER" "$LOG_DIR/espace-replique"
fi
prepare_replique || { cat "$LOG_DIR/basebackup.log" >&2; mourir 'pg_basebackup a échoué.'; }
reglages+=("DATABASE_REPLICA_URL=postgres://gardel@localhost/gardel?host=$(url_encode "$REPLIQUE")")

# --- Gardel ----------------------------------------------------------------------------------------
declare -a ports gestions gestions_ouvriers
for n in 1 2; do
  ports[n]="$(free_port)"
  gestions[n]="$(free_port)"
  gestions_ouvriers[n]="$(free_port)"
done
serveur() {
  start_child "gardel-$1" "$LOG_DIR/gardel-$1.log" "${reglages[@]}" "ROCKET_PORT=${ports[$1]}" "GARDEL_GESTION_PORT=${gestions[$1]}" "$bin/gardel" serve
}
# ouvrier N [OPTION…]
ouvrier() {
  local n=$1
  shift
  start_child "ouvrier-$n" "$LOG_DIR/ouvrier-$n.log" "${reglages[@]}" "$bin/gardel-worker" --nom "alertes-$n" --gestion-port "${gestions_ouvriers[n]}" "$@"
}
for n in 1 2; do
  serveur "$n"
  ouvrier "$n"
done
for n in 1 2; do wait_http "${gestions[n]}" /readyz "$READY_SECONDS_MAX" "gardel-$n"; done
replique=''
! node "$ESSAIS/attend.mjs" "http://127.0.0.1:${gestions[1]}/metrics" page | grep -q '^gardel_replica_up' || replique=oui

# --- nginx, TLS ------------------------------------------------------------------------------------
mkdir -p "$LOG_DIR/nginx" "$LOG_DIR/tls/autorite"
: >"$LOG_DIR/tls/autorite/index"
echo 1000 >"$LOG_DIR/tls/autorite/serial"
cat >"$LOG_DIR/tls/openssl.cnf" <<TLS
[ca]
default_ca = alertes
[alertes]
dir = $LOG_DIR/tls/autorite
database = \$dir/index
serial = \$dir/serial
new_certs_dir = \$dir
default_md = sha256
policy = nom
unique_subject = no
x509_extensions = certificat
[nom]
commonName = supplied
[certificat]
basicConstraints = CA:TRUE
subjectAltName = IP:127.0.0.1
TLS
openssl req -newkey rsa:2048 -nodes -keyout "$LOG_DIR/tls/cle.pem" -out "$LOG_DIR/tls/demande.pem" -subj /CN=127.0.0.1 2>"$LOG_DIR/tls/journal"
# certificat DAYS: its own authority, valid from sixty days ago until DAYS from now (or before now).
certificat() {
  openssl ca -batch -notext -config "$LOG_DIR/tls/openssl.cnf" -selfsign -keyfile "$LOG_DIR/tls/cle.pem" -in "$LOG_DIR/tls/demande.pem" \
    -startdate "$(date -u -d '-60 days' +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d "$1 days" +%Y%m%d%H%M%SZ)" \
    -out "$LOG_DIR/tls/chaine.pem" 2>"$LOG_DIR/tls/journal" || { cat "$LOG_DIR/tls/journal" >&2; mourir 'le certificat n’a pas été fait.'; }
}
certificat +90
cp "$ROOT/deploiement/nginx/gardel-mandataire.inc" "$LOG_DIR/nginx/"
# The configuration as it is delivered, but for what belongs to a machine; of its servers, the one that people reach.
sed -e "s/listen 443 ssl;/listen 127.0.0.1:$porte ssl;/" -e 's/server_name gardel.ville.gp;/server_name 127.0.0.1;/' \
  -e "s#/etc/ssl/gardel#$LOG_DIR/tls#" -e "s#/var/log/nginx/gardel.log#$LOG_DIR/acces.log#" -e "s#/usr/share/gardel#$ROOT/deploiement/nginx#" \
  -e "s/127.0.0.1:8001/127.0.0.1:${ports[1]}/" -e "s/127.0.0.1:8002/127.0.0.1:${ports[2]}/" "$ROOT/deploiement/nginx/gardel.conf" |
  awk '/^server \{$/ { bloc = $0; garde = 0; next } bloc != "" { bloc = bloc "\n" $0; if ($0 ~ /proxy_read_timeout|error_page/) garde = 1; if ($0 == "}") { if (garde) print bloc; bloc = "" } next } { print }' \
    >"$LOG_DIR/nginx/gardel.conf"
cat >"$LOG_DIR/nginx/nginx.conf" <<NGINX
worker_processes 1;
pid $LOG_DIR/nginx.pid;
error_log $LOG_DIR/nginx-erreurs.log;
events { worker_connections 512; }
http {
    client_body_temp_path $LOG_DIR/corps;
    proxy_temp_path $LOG_DIR/reponses;
    fastcgi_temp_path $LOG_DIR/f; uwsgi_temp_path $LOG_DIR/u; scgi_temp_path $LOG_DIR/s;
    include $LOG_DIR/nginx/gardel.conf;
}
NGINX
demarre_nginx() { start_child nginx "$LOG_DIR/nginx.log" nginx -c "$LOG_DIR/nginx/nginx.conf" -g 'daemon off;'; }
demarre_nginx

# --- A token, for the probe of the communes and for a program at work --------------------------------
texte="$(head -c 32 /dev/urandom | sha256sum | cut -c1-64)"
JETON="gardel_$texte$(printf 'gardel_%s' "$texte" | sha256sum | cut -c1-8)"
sql "INSERT INTO jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, personnel, expire_le, appels_minute, simultanes)
  SELECT u.id, lieu_du_compte(u.id), 'alertes', 'personnel', decode('$(printf '%s' "$JETON" | sha256sum | cut -c1-64)', 'hex'), '${JETON:0:13}',
    '{\"taxe\": 2, \"administration\": 1, \"labo\": 2, \"production\": 2, \"pilotage\": 1}',
    ARRAY(SELECT collectivite_id FROM utilisateur_collectivite WHERE utilisateur_id = u.id), true, now() + interval '1 day', 60000, 100
  FROM utilisateur u WHERE u.courriel = 'admin.archipel@demo.gardel'"
printf '%s' "$JETON" >"$LOG_DIR/sonde.jeton"

# --- What watches ------------------------------------------------------------------------------------
prom_port="$(free_port)" alertmanager_port="$(free_port)" blackbox_port="$(free_port)" noeud_port="$(free_port)"
prometheus="http://127.0.0.1:$prom_port"
mkdir -p "$LOG_DIR/prometheus/regles" "$LOG_DIR/mesures"
for fichier in "$SUPERVISION"/prometheus/regles/*.yml; do node "$ESSAIS/accelere.mjs" "$FACTEUR" "$fichier" >"$LOG_DIR/prometheus/regles/${fichier##*/}"; done
# The example of configuration itself, with the addresses of this machine.
node "$ESSAIS/accelere.mjs" "$FACTEUR" "$SUPERVISION/prometheus/prometheus.yml" | sed \
  -e "s/- 127.0.0.1:9000/- 127.0.0.1:${gestions[1]}\n          - 127.0.0.1:${gestions[2]}/" \
  -e "s/- 127.0.0.1:9101/- 127.0.0.1:${gestions_ouvriers[1]}\n          - 127.0.0.1:${gestions_ouvriers[2]}/" \
  -e "s/127.0.0.1:9115/127.0.0.1:$blackbox_port/" -e "s/127.0.0.1:9100/127.0.0.1:$noeud_port/" -e "s/127.0.0.1:9090/127.0.0.1:$prom_port/" \
  -e "s/127.0.0.1:9093/127.0.0.1:$alertmanager_port/" -e "s#https://gardel.ville.gp#https://127.0.0.1:$porte#" -e "s/gardel.ville.gp:443/127.0.0.1:$porte/" \
  >"$LOG_DIR/prometheus/prometheus.yml"
sed "s#/etc/prometheus/gardel-sonde.jeton#$LOG_DIR/sonde.jeton#" "$SUPERVISION/prometheus/blackbox.yml" >"$LOG_DIR/prometheus/blackbox.yml"
# At any hour: who is on call in a night of these tests is nobody.
node "$ESSAIS/accelere.mjs" "$FACTEUR" "$SUPERVISION/alertmanager/alertmanager.yml" | sed -e "s/127.0.0.1:25/127.0.0.1:$messagerie_port/" -e '/mute_time_intervals/d' \
  >"$LOG_DIR/prometheus/alertmanager.yml"
note_sauvegarde() { env "DOSSIER_MESURES=$LOG_DIR/mesures" "$SUPERVISION/note-sauvegarde" "$1"; }
note_sauvegarde base
note_sauvegarde fichiers
# It reads its texts where its package puts them: unpacked elsewhere, it is shown that folder in their place, and it alone.
montre=()
if [ ! -e /usr/share/prometheus/alertmanager/default.tmpl ]; then
  # shellcheck disable=SC2016 # for the shell inside
  montre=(unshare --mount sh -c 'mount --bind "$0" /usr/share && exec "$@"' "$VAR/prometheus/usr/share")
  [ "$(id -u)" -eq 0 ] || montre=(unshare --map-root-user "${montre[@]:1}")
fi
start_child alertmanager "$LOG_DIR/alertmanager.log" ${montre[@]+"${montre[@]}"} prometheus-alertmanager --config.file "$LOG_DIR/prometheus/alertmanager.yml" \
  --storage.path "$LOG_DIR/prometheus/alertmanager" --web.listen-address "127.0.0.1:$alertmanager_port" --cluster.listen-address=
# Its authority is the certificate itself, read again by each new process: the second probe is told of a new one by its restart.
demarre_blackbox() {
  start_child blackbox "$LOG_DIR/blackbox.log" env "SSL_CERT_FILE=$LOG_DIR/tls/chaine.pem" prometheus-blackbox-exporter \
    --config.file "$LOG_DIR/prometheus/blackbox.yml" --web.listen-address "127.0.0.1:$blackbox_port"
}
demarre_blackbox
start_child noeud "$LOG_DIR/noeud.log" prometheus-node-exporter --web.listen-address "127.0.0.1:$noeud_port" --collector.disable-defaults \
  --collector.textfile --collector.textfile.directory "$LOG_DIR/mesures" --collector.filesystem \
  --collector.filesystem.mount-points-exclude '^/(dev|proc|run|sys|boot|$|[a-su-z]|t($|[^m]))'
start_child prometheus "$LOG_DIR/prometheus.log" prometheus --config.file "$LOG_DIR/prometheus/prometheus.yml" \
  --storage.tsdb.path "$LOG_DIR/prometheus/donnees" --web.listen-address "127.0.0.1:$prom_port"
node "$ESSAIS/attend.mjs" "$prometheus" cibles 60 || { tail -5 "$LOG_DIR/prometheus.log" >&2; mourir 'Prometheus n’atteint pas tout.'; }
start_child passants "$LOG_DIR/passants.log" env NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 \
  node "$ESSAIS/passants.mjs" "https://127.0.0.1:$porte" "$JETON" "$LOG_DIR/assez" "$LOG_DIR/passants.txt" 5

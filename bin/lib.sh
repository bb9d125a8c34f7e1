# shellcheck shell=bash
# Shared by bin/setup, bin/demo, bin/test, bin/bench and bin/avec-base; sourced, never run.
#
# The rules everything below follows:
#   - nothing is taken from the caller's environment but PATH: cron, sudo and CI give little else;
#   - what a script started, it stops, however it ends;
#   - a failure is one French sentence that says what to do.

set -euo pipefail

ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
readonly ROOT
readonly VAR="$ROOT/var"
# sockaddr_un holds 108 bytes, the last one for the final NUL.
readonly SOCKET_PATH_BYTES_MAX=107

titre() { printf '\n== %s\n' "$*"; }
dire() { printf '   %s\n' "$*"; }
avertir() { printf '!  %s\n' "$*" >&2; }
mourir() {
  printf '\nErreur : %s\n' "$*" >&2
  exit 1
}

# --- Environment ---------------------------------------------------------------------------------

prepare_environment() {
  # One fixed locale: the output of tools is parsed in places, and their answers must not vary.
  export LC_ALL=C.UTF-8
  if [ -z "${HOME:-}" ]; then
    HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"
    export HOME
  fi
  # Debian leaves the administration commands (runuser) out of a user's PATH.
  export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"
  [ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"
  # A Node.js fetched by `bin/setup --tests` because the system's was too old.
  [ -d "$VAR/node/bin" ] && PATH="$VAR/node/bin:$PATH"
  mkdir -p "$VAR/log" 2>/dev/null || true
  if [ ! -w "$VAR" ] || [ ! -w "$VAR/log" ]; then
    mourir "le dossier $VAR n'est pas accessible en écriture pour $(id -un). Il a sans doute été créé par un autre utilisateur : relancez sous ce compte, ou changez-en le propriétaire."
  fi
}

exiger_cargo() {
  command -v cargo >/dev/null ||
    mourir "cargo est introuvable. Installez Rust (rustup, version $(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$ROOT/Cargo.toml") ou plus récente), puis relancez."
}

# Percent-encodes everything a URL would read as syntax; paths may hold spaces.
url_encode() {
  local LC_ALL=C texte=$1 sortie='' i c
  for ((i = 0; i < ${#texte}; i++)); do
    c=${texte:i:1}
    case $c in
      [a-zA-Z0-9/._~-]) sortie+=$c ;;
      *) sortie+=$(printf '%%%02X' "'$c") ;;
    esac
  done
  printf '%s' "$sortie"
}

# The address with another database name: scheme://host/NAME?parameters
url_with_base() {
  local url=$1 nom=$2 parametres='' sans
  case $url in *\?*) parametres="?${url#*\?}" ;; esac
  sans=${url%%\?*}
  case ${sans#*://} in
    */*) sans=${sans%/*} ;;
  esac
  printf '%s/%s%s' "$sans" "$nom" "$parametres"
}

# --- Processes: everything started is known, and stopped in reverse order -------------------------

declare -a CHILD_PIDS=() CHILD_NAMES=() CLEANUPS=() LOCK_FDS=()
STOP_SECONDS_MAX=20

# Registers a command to run at exit, last registered first.
at_exit() { CLEANUPS+=("$*"); }

install_traps() {
  trap 'on_exit $?' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

on_exit() {
  local statut=$1 i
  # A second Ctrl-C must not leave half of it running.
  trap '' INT TERM HUP
  trap - EXIT
  set +e
  for ((i = ${#CHILD_PIDS[@]} - 1; i >= 0; i--)); do stop_child "$i"; done
  for ((i = ${#CLEANUPS[@]} - 1; i >= 0; i--)); do eval "${CLEANUPS[i]}"; done
  declare -F last_words >/dev/null && last_words "$statut"
  exit "$statut"
}

# start_child NAME LOG COMMAND…: in its own session, so that a Ctrl-C at the terminal reaches this
# script alone, which then stops its children one after the other.
start_child() {
  local nom=$1 journal=$2 fd
  shift 2
  (
    # A child that kept a lock open would hold it after this script is gone.
    for fd in ${LOCK_FDS[@]+"${LOCK_FDS[@]}"}; do exec {fd}>&-; done
    exec setsid -- "$@"
  ) </dev/null >>"$journal" 2>&1 &
  CHILD_PIDS+=("$!")
  CHILD_NAMES+=("$nom")
}

child_pid() {
  local i
  for i in "${!CHILD_NAMES[@]}"; do
    if [ "${CHILD_NAMES[i]}" = "$1" ]; then printf '%s' "${CHILD_PIDS[i]}"; fi
  done
}

child_name() {
  local i
  for i in "${!CHILD_PIDS[@]}"; do
    if [ "${CHILD_PIDS[i]}" = "$1" ]; then printf '%s' "${CHILD_NAMES[i]}"; fi
  done
}

# Signals the child's whole group (setsid made it the leader), then its process alone for the
# instant before setsid ran.
signal_child() { kill "-$1" -- "-$2" 2>/dev/null || kill "-$1" "$2" 2>/dev/null; }

stop_child() {
  local pid=${CHILD_PIDS[$1]} nom=${CHILD_NAMES[$1]} fin=$((SECONDS + STOP_SECONDS_MAX))
  [ -n "$pid" ] || return 0
  CHILD_PIDS[$1]=''
  if kill -0 "$pid" 2>/dev/null; then
    signal_child TERM "$pid"
    while kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$fin" ]; do sleep 0.05; done
    if kill -0 "$pid" 2>/dev/null; then
      avertir "« $nom » ne s'est pas arrêté en ${STOP_SECONDS_MAX} s : arrêt forcé."
      signal_child KILL "$pid"
    fi
  fi
  wait "$pid" 2>/dev/null
}

stop_child_named() {
  local i
  for i in "${!CHILD_NAMES[@]}"; do
    if [ "${CHILD_NAMES[i]}" = "$1" ]; then stop_child "$i" || true; fi
  done
}

# Runs a long command so that a signal sent to this script alone stops it at once: bash runs its
# traps only between two foreground commands.
run_long() {
  local i statut=0
  (
    local fd
    for fd in ${LOCK_FDS[@]+"${LOCK_FDS[@]}"}; do exec {fd}>&-; done
    exec setsid -- "$@"
  ) </dev/null &
  CHILD_PIDS+=("$!")
  CHILD_NAMES+=("$1")
  i=$((${#CHILD_PIDS[@]} - 1))
  wait "${CHILD_PIDS[i]}" || statut=$?
  CHILD_PIDS[i]=''
  return "$statut"
}

# --- Waiting on an address, with nothing but bash --------------------------------------------------

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints the status code of GET http://127.0.0.1:PORT/PATH, or nothing.
http_status() {
  local ligne=''
  {
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 0
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
    IFS=' ' read -r -t 5 _ ligne _ <&3 || true
    exec 3>&-
  } 2>/dev/null
  printf '%s' "$ligne"
}

# wait_http PORT PATH SECONDS CHILD…: until the page answers 200; fails when a child named dies.
wait_http() {
  local port=$1 chemin=$2 fin=$((SECONDS + $3)) nom statut=''
  shift 3
  while [ "$SECONDS" -lt "$fin" ]; do
    for nom in "$@"; do
      kill -0 "$(child_pid "$nom")" 2>/dev/null || child_died "$nom"
    done
    statut="$( (http_status "$port" "$chemin") 2>/dev/null || true)"
    [ "$statut" = 200 ] && return 0
    sleep 0.1
  done
  show_log gardel
  mourir "http://127.0.0.1:$port$chemin ne répond pas dans le temps imparti (dernier code : ${statut:-aucun})."
}

child_died() {
  local statut=0
  wait "$(child_pid "$1")" 2>/dev/null || statut=$?
  show_log "$1"
  mourir "« $1 » s'est arrêté tout seul (code $statut). Ses dernières lignes sont ci-dessus ; le journal complet est dans ${LOG_DIR:-$VAR/log}/$1.log."
}

show_log() {
  local journal="${LOG_DIR:-$VAR/log}/$1.log"
  [ -s "$journal" ] || return 0
  printf '\n--- dernières lignes de %s\n' "$journal" >&2
  tail -n 25 -- "$journal" >&2
  printf -- '---\n' >&2
}

# --- Debian packages ------------------------------------------------------------------------------

# install_packages NAME…: asks for root's rights only when there is something to install.
install_packages() {
  [ $# -gt 0 ] || return 0
  local -a devant=()
  command -v apt-get >/dev/null ||
    mourir "il manque : $*. Ce système n'a pas apt-get : installez l'équivalent de ces paquets Debian, puis relancez."
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      mourir "il manque des paquets et vous n'avez pas les droits pour les installer. Demandez à l'administrateur : apt-get install $*"
    fi
    devant=(sudo)
  fi
  titre "Installation des paquets Debian : $*"
  # The system's own PostgreSQL and Redis may start after this: they use their own ports and
  # folders, and Gardel's listen only on sockets of its own, so neither can disturb the other.
  ${devant[@]+"${devant[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  ${devant[@]+"${devant[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >"$VAR/log/apt.log" 2>&1 || {
    tail -n 25 "$VAR/log/apt.log" >&2
    mourir "l'installation des paquets a échoué (journal : $VAR/log/apt.log)."
  }
}

# --- PostgreSQL: clusters of the project's own -----------------------------------------------------

# Sets PG_BIN to the folder of initdb, postgres and pg_ctl; $1 may ask for a major version.
find_pg_bin() {
  local version=${1:-} candidat
  PG_BIN=''
  if [ -n "$version" ]; then
    [ -x "/usr/lib/postgresql/$version/bin/initdb" ] && PG_BIN="/usr/lib/postgresql/$version/bin"
  else
    candidat="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
    [ -x "$candidat/initdb" ] && PG_BIN=$candidat
  fi
  if [ -z "$PG_BIN" ] && candidat="$(command -v initdb)"; then
    candidat="$(dirname -- "$(readlink -f -- "$candidat")")"
    if [ -z "$version" ] || "$candidat/initdb" --version | grep -q " $version\b"; then
      PG_BIN=$candidat
    fi
  fi
  [ -n "$PG_BIN" ]
}

# Chooses where the cluster NAME lives and who runs it: PG_DATA, PG_LOG, PG_SOCKET, PG_USER.
locate_cluster() {
  local nom=$1 cle base
  PG_DATA="$VAR/$nom"
  PG_LOG="$VAR/log/$nom.log"
  PG_USER="$(id -un)"
  cle="$(printf '%s' "$ROOT" | sha256sum | cut -c1-12)"
  if [ "$(id -u)" -eq 0 ]; then
    # PostgreSQL refuses to run as root. A cluster already there is run by whoever owns it.
    if [ -f "$PG_DATA/PG_VERSION" ]; then
      PG_USER="$(stat -c %U -- "$PG_DATA")"
    else
      PG_USER=postgres
      getent passwd postgres >/dev/null ||
        mourir "l'utilisateur système « postgres » n'existe pas : lancez bin/setup d'abord."
    fi
    # A folder such as /root (0700) cannot be crossed by that user.
    if ! as_pg_user test -x "$VAR/log"; then
      base="/var/lib/gardel-$cle"
      PG_DATA="$base/$nom"
      PG_LOG="$base/$nom.log"
      mkdir -p "$base"
      chmod 755 "$base"
      if [ ! -f "$PG_DATA/PG_VERSION" ]; then
        dire "Le compte « $PG_USER » ne peut pas entrer dans $VAR : la base sera dans $PG_DATA."
      fi
    fi
  fi
  # The socket sits in the data folder: only its owner (and root) can enter there. Too long a path,
  # or one that clients would read as a list of hosts or as an escape, gets a short folder instead.
  PG_SOCKET=$PG_DATA
  if [ "$(printf '%s/.s.PGSQL.5432' "$PG_SOCKET" | wc -c)" -gt "$SOCKET_PATH_BYTES_MAX" ] ||
    [[ $PG_SOCKET == *[!a-zA-Z0-9/._-]* ]]; then
    PG_SOCKET="/tmp/gardel-$cle-$nom"
  fi
}

as_pg_user() {
  if [ "$PG_USER" = "$(id -un)" ]; then
    (cd / && exec "$@")
  else
    (cd / && exec runuser -u "$PG_USER" -- "$@")
  fi
}

# A socket folder outside the data folder: nobody else may have made it before us.
make_socket_dir() {
  [ "$PG_SOCKET" = "$PG_DATA" ] && return 0
  as_pg_user mkdir -m 700 "$PG_SOCKET" 2>/dev/null || true
  if [ -L "$PG_SOCKET" ] || [ ! -d "$PG_SOCKET" ] ||
    [ "$(stat -c '%U %a' -- "$PG_SOCKET")" != "$PG_USER 700" ]; then
    mourir "$PG_SOCKET existe déjà et n'appartient pas à « $PG_USER » en accès privé : supprimez-le, puis relancez."
  fi
}

# The pid of the running postmaster of PG_DATA, or nothing. A crash or a power cut leaves
# postmaster.pid behind, and its number may since belong to another program.
postmaster_pid() {
  local pid
  [ -f "$PG_DATA/postmaster.pid" ] || return 0
  pid="$(head -n 1 -- "$PG_DATA/postmaster.pid")"
  case $pid in '' | *[!0-9]*) return 0 ;; esac
  if [ "$(readlink -f -- "/proc/$pid/cwd" 2>/dev/null)" = "$(readlink -f -- "$PG_DATA")" ]; then
    printf '%s' "$pid"
  fi
}

init_cluster() {
  local marque="$VAR/$1.initdb"
  shift
  titre "Création de la base de données dans $PG_DATA"
  # The mark tells a creation that was cut short (nothing to lose) from a folder put there by a
  # person, which is theirs to move.
  if [ -e "$marque" ]; then
    rm -rf -- "$PG_DATA"
  elif [ -n "$(ls -A -- "$PG_DATA" 2>/dev/null)" ]; then
    mourir "$PG_DATA existe, n'est pas vide et n'est pas une base PostgreSQL : déplacez-le, puis relancez."
  fi
  touch -- "$marque"
  mkdir -p -- "$PG_DATA"
  chmod 700 -- "$PG_DATA"
  [ "$PG_USER" = "$(id -un)" ] || chown -- "$PG_USER" "$PG_DATA"
  as_pg_user "$PG_BIN/initdb" -D "$PG_DATA" -E UTF8 --locale=C.UTF-8 --auth=trust \
    --username=gardel "$@" >"$VAR/log/initdb.log" 2>&1 || {
    cat "$VAR/log/initdb.log" >&2
    mourir "initdb a échoué."
  }
  rm -f -- "$marque"
}

# start_cluster demo|test|banc: creates what is missing, starts, and exports DATABASE_URL.
#
# Several scripts may use one cluster at once. Each holds a shared lock for as long as it lives
# (the kernel drops it even after SIGKILL); the last one out stops the server.
start_cluster() {
  local genre=$1 nom=postgres version pid
  local -a reglages=(
    -c listen_addresses=
    -c port=5432
    -c max_connections=200
    -c max_wal_size=4GB
    -c checkpoint_timeout=15min
    -c timezone=UTC
    -c log_timezone=UTC
  ) initialisation=()
  if [ "$genre" = test ]; then
    nom=postgres-test
    # Nothing in it outlives a run: no disk is waited for.
    reglages+=(-c shared_buffers=256MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off)
    initialisation=(--no-sync)
  elif [ "$genre" = banc ]; then
    # As a small production server would be set: what is written is on the disk, a quarter of a modest
    # machine for the shared memory.
    nom=postgres-banc
    reglages+=(-c shared_buffers=1GB -c effective_cache_size=4GB -c maintenance_work_mem=256MB
      -c fsync=on -c synchronous_commit=on -c full_page_writes=on)
  else
    reglages+=(-c shared_buffers=512MB -c fsync=on -c synchronous_commit=on)
  fi
  find_pg_bin || mourir "PostgreSQL est introuvable : lancez bin/setup."
  locate_cluster "$nom"
  local usage start_fd usage_fd
  usage="$VAR/$nom.usage"
  exec {start_fd}>"$VAR/$nom.verrou" {usage_fd}>"$usage"
  LOCK_FDS+=("$start_fd" "$usage_fd")
  flock -x "$start_fd"
  flock -s "$usage_fd"
  at_exit "stop_cluster $(printf '%q ' "$nom" "$start_fd" "$usage_fd")"

  if [ ! -f "$PG_DATA/PG_VERSION" ] || [ -e "$VAR/$nom.initdb" ]; then
    init_cluster "$nom" ${initialisation[@]+"${initialisation[@]}"}
  fi
  version="$(cat -- "$PG_DATA/PG_VERSION")"
  find_pg_bin "$version" ||
    mourir "$PG_DATA a été créé par PostgreSQL $version, qui n'est plus installé. Réinstallez postgresql-$version ou migrez la base (pg_upgrade)."

  pid="$(postmaster_pid)"
  if [ -z "$pid" ]; then
    if [ -f "$PG_DATA/postmaster.pid" ]; then
      avertir "Arrêt brutal précédent : le fichier postmaster.pid périmé est retiré, PostgreSQL rejoue son journal."
      rm -f -- "$PG_DATA/postmaster.pid"
    fi
    make_socket_dir
    touch -- "$PG_LOG"
    [ "$PG_USER" = "$(id -un)" ] || chown -- "$PG_USER" "$PG_LOG"
    reglages+=(-c "unix_socket_directories=$PG_SOCKET" -c unix_socket_permissions=0777)
    # pg_ctl hands its options to a shell: each is quoted for it.
    (
      exec {start_fd}>&- {usage_fd}>&-
      as_pg_user "$PG_BIN/pg_ctl" -D "$PG_DATA" -w -t 120 -s -l "$PG_LOG" \
        -o "$(printf '%q ' "${reglages[@]}")" start
    ) >/dev/null 2>"$VAR/log/pg_ctl.log" </dev/null || {
      cat "$VAR/log/pg_ctl.log" >&2
      tail -n 25 -- "$PG_LOG" >&2
      mourir "PostgreSQL n'a pas démarré (journal : $PG_LOG)."
    }
    postmaster_pid >"$VAR/$nom.demarre"
  fi
  flock -u "$start_fd"

  DATABASE_URL="postgres://gardel@localhost/gardel?host=$(url_encode "$PG_SOCKET")"
  export DATABASE_URL
  local existe
  existe="$(pg_query postgres "select count(*) from pg_database where datname = 'gardel'")" ||
    mourir "PostgreSQL a démarré mais refuse la connexion par $PG_SOCKET (journal : $PG_LOG)."
  [ "$existe" = 1 ] || pg_query postgres 'create database gardel'
}

# Stops the cluster if these scripts started it and nobody else uses it any more.
stop_cluster() {
  local nom=$1 start_fd=$2 usage_fd=$3 pid
  flock -x "$start_fd" || return 0
  find_pg_bin && locate_cluster "$nom" >/dev/null || return 0
  pid="$(postmaster_pid)"
  if [ -n "$pid" ] && [ "$(cat "$VAR/$nom.demarre" 2>/dev/null)" = "$pid" ] && flock -n -x "$usage_fd"; then
    # fast: sessions are cut, transactions rolled back, everything flushed.
    as_pg_user "$PG_BIN/pg_ctl" -D "$PG_DATA" -m fast -w -t 60 -s stop >/dev/null 2>&1 ||
      avertir "PostgreSQL ne s'est pas arrêté proprement : voyez $PG_LOG."
    rm -f -- "$VAR/$nom.demarre"
    [ "$PG_SOCKET" = "$PG_DATA" ] || rmdir -- "$PG_SOCKET" 2>/dev/null || true
  fi
  flock -u "$usage_fd"
  flock -u "$start_fd"
}

# pg_query BASE SQL, on the cluster located last.
pg_query() {
  "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$PG_SOCKET" -p 5432 -U gardel -d "$1" -c "$2"
}

# --- Redis for the tests: private, forgets everything ----------------------------------------------

# start_redis FOLDER: exports REDIS_URL.
start_redis() {
  local socket="$1/redis.sock" fin=$((SECONDS + 15))
  [ "${#socket}" -le "$SOCKET_PATH_BYTES_MAX" ] || mourir "le chemin $socket est trop long pour une socket."
  start_child redis "$1/redis.log" redis-server --port 0 --unixsocket "$socket" --unixsocketperm 700 \
    --save '' --appendonly no --dir "$1" --daemonize no
  until [ -S "$socket" ] && redis-cli -s "$socket" ping >/dev/null 2>&1; do
    if ! kill -0 "$(child_pid redis)" 2>/dev/null || [ "$SECONDS" -ge "$fin" ]; then
      cat "$1/redis.log" >&2
      mourir "redis-server n'a pas démarré."
    fi
    sleep 0.05
  done
  REDIS_URL="redis+unix://$(url_encode "$socket")"
  export REDIS_URL
}

prepare_environment
cd -- "$ROOT"

# shellcheck shell=bash
# How bin/bench measures: servers, load, witnesses, memory. Sourced after bin/lib.sh. Each measure is
# a line of JSON in $MESURES; one that cannot be believed stops the bench.

# noter JSON
noter() {
  printf '%s\n' "$1" >>"$MESURES"
}

# The settings that the pool of Gardel gives to each of its connections, for the witnesses too.
readonly REGLAGES_CONNEXION='-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1 -c pg_trgm.word_similarity_threshold=0.5 -c timezone=UTC'
# Connections of the load, and of the pool (hence of pgbench).
readonly CONNEXIONS=32
readonly CONNEXIONS_BASE=8
readonly READY_SECONDS_MAX=60

maintenant_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
port_libre() {
  local p=$1
  while port_taken "$p"; do p=$((p + 1)); done
  printf '%s' "$p"
}
# memoire PID VmRSS|VmHWM: KiB.
memoire() { awk -v champ="$2:" '$1 == champ { print $2 }' "/proc/$1/status"; }

# --- Servers ---------------------------------------------------------------------------------------

# ouvrir_web BASE [NAME=VALUE…]: starts a web server on the base and sets DEMARRAGE_MS, the time from
# its start to its first answer.
ouvrir_web() {
  local base=$1 debut statut=''
  shift
  port="$(port_libre 9200)"
  gestion="$(port_libre $((port + 1)))"
  debut="$(maintenant_us)"
  start_child gardel "$LOG_DIR/gardel.log" env -u REDIS_URL "DATABASE_URL=$(url_with_base "$SERVEUR" "$base")" \
    "STORAGE_URL=$FICHIERS" GARDEL_ENVIRONNEMENT=demo "GARDEL_BASE_CONNEXIONS=$CONNEXIONS_BASE" ROCKET_ADDRESS=127.0.0.1 \
    "ROCKET_PORT=$port" "GARDEL_GESTION_PORT=$gestion" "$@" "$bin/gardel" serve
  while [ "$statut" != 200 ]; do
    kill -0 "$(child_pid gardel)" 2>/dev/null || child_died gardel
    [ $(($(maintenant_us) - debut)) -lt $((READY_SECONDS_MAX * 1000000)) ] || mourir "gardel ne répond pas."
    statut="$( (http_status "$port" /connexion) 2>/dev/null || true)"
    [ "$statut" = 200 ] || sleep 0.005
  done
  DEMARRAGE_MS=$((($(maintenant_us) - debut) / 1000))
  wait_http "$gestion" /livez "$READY_SECONDS_MAX" gardel
}
fermer_web() { stop_child_named gardel; }

ouvrir_ouvrier() {
  start_child gardel-worker "$LOG_DIR/gardel-worker.log" env -u REDIS_URL "DATABASE_URL=$(url_with_base "$SERVEUR" "$1")" \
    "STORAGE_URL=$FICHIERS" GARDEL_ENVIRONNEMENT=demo "$bin/gardel-worker"
}
fermer_ouvrier() { stop_child_named gardel-worker; }

instrument() {
  local base=$1
  shift
  env -u REDIS_URL "DATABASE_URL=$(url_with_base "$SERVEUR" "$base")" GARDEL_ENVIRONNEMENT=demo "$instruments" "$@"
}

# --- Load ------------------------------------------------------------------------------------------

# « answers in 200, other answers, hits, misses, statements » of the web server so far.
releve() {
  curl -sS --max-time 10 "http://127.0.0.1:$gestion/metrics" | awk '
    /^gardel_http_requests_total/ { if ($0 ~ /status="200"/) bons += $NF; else autres += $NF }
    /^gardel_cache_hits_total / { touches = $NF }  /^gardel_cache_misses_total / { manques = $NF }  /^gardel_sql_statements_total / { sql = $NF }
    END { printf "%d %d %d %d %d\n", bons, autres, touches, manques, sql }'
}

# wrk_sur URL NAME ADDRESSES COOKIE MODE CONNECTIONS SECONDS: sets REQUETES, MICROSECONDES, P50_US and
# P99_US; a single failed request stops the bench.
wrk_sur() {
  local url=$1 nom=$2 erreurs statuts fils=2
  [ "$6" -gt 1 ] || fils=1
  if ! wrk -t "$fils" -c "$6" -d "${7}s" --timeout 20s -s bench/charge.lua "$url" -- "$3" "$4" "$5" >"$LOG_DIR/wrk.log" 2>&1; then
    cat "$LOG_DIR/wrk.log" >&2
    mourir "wrk a échoué pour « $nom »."
  fi
  read -r _ REQUETES MICROSECONDES P50_US P99_US erreurs statuts < <(grep '^RESULTAT ' "$LOG_DIR/wrk.log" || true)
  if [ "${REQUETES:-0}" -eq 0 ] || [ "$erreurs" -ne 0 ] || [ "$statuts" -ne 0 ]; then
    cat "$LOG_DIR/wrk.log" >&2
    mourir "la mesure « $nom » n'est pas croyable : ${REQUETES:-0} réponses, ${erreurs:-?} erreurs de connexion, ${statuts:-?} réponses en erreur."
  fi
}

# charger NAME SIZE ADDRESSES COOKIE MODE EXPECTED [CONNECTIONS [SECONDS]]: loads Gardel and notes the
# measure. EXPECTED is what the cache must have done: manque (never a hit), touche (hits only), presque
# (hits but one in a hundred, else nothing is noted and the answer is 2), libre.
charger() {
  local nom=$1 taille=$2 attendu=$6 connexions=${7:-$CONNEXIONS} duree_ici=${8:-$duree}
  local bons autres touches manques sql bons1 autres1 touches1 manques1 sql1
  read -r bons autres touches manques sql < <(releve)
  wrk_sur "http://127.0.0.1:$port" "$nom" "$3" "$4" "$5" "$connexions" "$duree_ici"
  read -r bons1 autres1 touches1 manques1 sql1 < <(releve)
  bons=$((bons1 - bons)) autres=$((autres1 - autres)) touches=$((touches1 - touches)) manques=$((manques1 - manques)) sql=$((sql1 - sql))
  # wrk counts a redirection to the sign-in page as a success; the server knows better.
  if [ "$autres" -ne 0 ] || [ "$bons" -lt "$REQUETES" ]; then
    mourir "« $nom » : $REQUETES réponses reçues, mais le serveur en compte $bons en 200 et $autres autres."
  fi
  case $attendu in
    manque) [ "$touches" -eq 0 ] && [ "$manques" -ge "$REQUETES" ] || mourir "« $nom » devait toujours manquer le cache : $touches trouvés, $manques manqués." ;;
    touche) [ "$manques" -le 3 ] && [ "$touches" -ge "$REQUETES" ] || mourir "« $nom » devait toujours trouver dans le cache : $touches trouvés, $manques manqués." ;;
    # On a machine busy with something else Redis misses its 60 ms and pages are made without it.
    presque) if [ "$((manques * 100))" -gt "$REQUETES" ]; then
      avertir "« $nom » : $manques manqués sur $REQUETES, Redis n'a pas répondu à temps."
      return 2
    fi ;;
  esac
  noter "$(awk -v n="$REQUETES" -v us="$MICROSECONDES" -v p50="$P50_US" -v p99="$P99_US" -v sql="$sql" -v bons="$bons" -v nom="$nom" -v taille="$taille" \
    -v touches="$touches" -v manques="$manques" -v c="$connexions" 'BEGIN {
      printf "{\"mesure\":\"%s\",\"taille\":%d,\"par_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"requetes\":%d,\"connexions\":%d,\"touches\":%d,\"manques\":%d,\"sql_par_page\":%.3f}",
        nom, taille, n * 1e6 / us, p50 / 1000, p99 / 1000, n, c, touches, manques, sql / bons }')"
  dire "$(tail -n 1 "$MESURES" | sed -E 's/.*"mesure":"([^"]*)".*"par_s":([0-9.]*),"p50_ms":([0-9.]*),"p99_ms":([0-9.]*).*/\1 : \2 par s, p50 \3 ms, p99 \4 ms/')"
}

# charger_autre NAME SIZE URL ADDRESSES COOKIE MODE [SECONDS]: the same against a server that is not Gardel.
charger_autre() {
  wrk_sur "$3" "$1" "$4" "$5" "$6" "$CONNEXIONS" "${7:-$duree}"
  noter "$(awk -v n="$REQUETES" -v us="$MICROSECONDES" -v p50="$P50_US" -v p99="$P99_US" -v nom="$1" -v taille="$2" -v c="$CONNEXIONS" 'BEGIN {
    printf "{\"mesure\":\"%s\",\"taille\":%d,\"par_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"requetes\":%d,\"connexions\":%d}", nom, taille, n * 1e6 / us, p50 / 1000, p99 / 1000, n, c }')"
  dire "$1 : $(awk -v n="$REQUETES" -v us="$MICROSECONDES" 'BEGIN { printf "%.0f", n * 1e6 / us }') par s"
}

# temoin NAME SIZE BASE FOLDER FILE: pgbench on the statement of a page, as many connections as the
# pool of Gardel has.
temoin() {
  local nom=$1 taille=$2 base=$3 dossier=$4 fichier=$5
  local -a valeurs
  mapfile -t valeurs <"$dossier/$fichier.args"
  rm -f "$LOG_DIR"/pgbench.[0-9]*
  env "PGOPTIONS=$REGLAGES_CONNEXION" "$pgbench" -h "$PG_SOCKET" -p 5432 -U gardel -n -M prepared -c "$CONNEXIONS_BASE" -j 2 -T "$duree" \
    -l --log-prefix="$LOG_DIR/pgbench" --sampling-rate=0.2 -f "$dossier/$fichier.sql" "${valeurs[@]}" "$base" >"$LOG_DIR/pgbench.log" 2>&1 || {
    cat "$LOG_DIR/pgbench.log" >&2
    mourir "pgbench a échoué pour « $nom »."
  }
  grep -q 'failed transactions: 0 ' "$LOG_DIR/pgbench.log" || mourir "pgbench compte des échecs pour « $nom » (journal : $LOG_DIR/pgbench.log)."
  noter "$(cat "$LOG_DIR"/pgbench.[0-9]* | awk '{ print $3 }' | sort -n | awk -v nom="$nom" -v taille="$taille" -v c="$CONNEXIONS_BASE" \
    -v tps="$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$LOG_DIR/pgbench.log")" '{ t[NR] = $1 } END {
      printf "{\"mesure\":\"%s\",\"taille\":%d,\"par_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"connexions\":%d}", nom, taille, tps, t[int((NR + 1) / 2)] / 1000, t[int(NR * 0.99 + 0.5)] / 1000, c }')"
  dire "$(sed -n "s/^tps = \([0-9.]*\).*/$nom : \1 par s/p" "$LOG_DIR/pgbench.log")"
}

# ecrire NAME SIZE BASE COOKIE COUNT: one person decides of COUNT stays one after the other, each by the form of its cell. Every
# answer counts, and the base must have kept each of them; they are put back afterwards.
ecrire() {
  local nom=$1 taille=$2 base=$3 nombre=$5 ids gardes
  pg_query "$base" "select id || ' ' || version from sejour where statut = 'a_verifier' and id % 7 = 0 order by id limit $nombre" >"$TRAVAIL/ecrire.lignes"
  [ "$(wc -l <"$TRAVAIL/ecrire.lignes")" -eq "$nombre" ] || mourir "« $nom » : la base n'a pas $nombre séjours à vérifier."
  ids="$(cut -d' ' -f1 "$TRAVAIL/ecrire.lignes" | paste -sd,)"
  awk -v site="http://127.0.0.1:$port" -v cookie="$(cat "$4")" '{
    if (NR > 1) print "next"
    printf "url = \"%s/sejours/%d/champs/statut\"\ndata = \"valeur=valide&version=%d\"\n", site, $1, $2
    printf "header = \"Cookie: %s\"\nheader = \"Origin: %s\"\n", cookie, site
    print "output = /dev/null\nwrite-out = \"%{http_code} %{time_total}\\n\"" }' "$TRAVAIL/ecrire.lignes" >"$TRAVAIL/ecrire.curl"
  curl -sS --max-time 600 -K "$TRAVAIL/ecrire.curl" >"$TRAVAIL/ecrire.temps" || mourir "curl a échoué pour « $nom »."
  gardes="$(pg_query "$base" "select count(*) from sejour where id in ($ids) and statut = 'valide'")"
  pg_query "$base" "update sejour set statut = 'a_verifier', version = version - 1, modifie_par = null where id in ($ids)" >/dev/null
  if [ "$(grep -cE '^(200|303) ' "$TRAVAIL/ecrire.temps")" -ne "$nombre" ] || [ "$gardes" -ne "$nombre" ]; then
    mourir "« $nom » : $(grep -cvE '^(200|303) ' "$TRAVAIL/ecrire.temps") réponses en erreur, $gardes séjours gardés sur $nombre."
  fi
  noter "$(sort -gk2 "$TRAVAIL/ecrire.temps" | awk -v nom="$nom" -v taille="$taille" '{ t[NR] = $2 * 1000; somme += $2 } END {
    printf "{\"mesure\":\"%s\",\"taille\":%d,\"par_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"requetes\":%d,\"connexions\":1}",
      nom, taille, NR / somme, t[int((NR + 1) / 2)], t[int(NR * 0.99 + 0.5)], t[NR], NR }')"
  dire "$(tail -n 1 "$MESURES" | sed -E 's/.*"mesure":"([^"]*)".*"p50_ms":([0-9.]*),"p99_ms":([0-9.]*),"max_ms":([0-9.]*).*/\1 : p50 \2 ms, p99 \3 ms, au plus \4 ms/')"
}

# un_a_un NAME SIZE ADDRESSES COOKIE MODE COUNT: one person, COUNT pages one after the other, every one
# of them counted: at its end wrk forgets the answers it still waits for, which are the slowest.
un_a_un() {
  local nom=$1 taille=$2 nombre=$6
  local -a entetes=(-H "Cookie: $(cat "$4")")
  [ "$5" = page ] || entetes+=(-H 'HX-Request: true' -H 'HX-Request-Type: partial')
  # The first address warms the connections to the base, and does not count.
  { head -n 1 "$3"; head -n "$nombre" "$3"; } | sed "s#.*#url = \"http://127.0.0.1:$port&\"\noutput = /dev/null#" >"$TRAVAIL/un_a_un.curl"
  curl -sS --max-time 600 "${entetes[@]}" -w '%{http_code} %{time_total}\n' -K "$TRAVAIL/un_a_un.curl" | tail -n +2 >"$TRAVAIL/un_a_un.temps" ||
    mourir "curl a échoué pour « $nom »."
  if [ "$(grep -c '^200 ' "$TRAVAIL/un_a_un.temps")" -ne "$(wc -l <"$TRAVAIL/un_a_un.temps")" ]; then
    mourir "« $nom » : $(grep -vc '^200 ' "$TRAVAIL/un_a_un.temps") réponses ne sont pas des 200."
  fi
  noter "$(sort -gk2 "$TRAVAIL/un_a_un.temps" | awk -v nom="$nom" -v taille="$taille" '{ t[NR] = $2 * 1000; somme += $2 } END {
    printf "{\"mesure\":\"%s\",\"taille\":%d,\"par_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"requetes\":%d,\"connexions\":1}",
      nom, taille, NR / somme, t[int((NR + 1) / 2)], t[int(NR * 0.99 + 0.5)], t[NR], NR }')"
  dire "$(tail -n 1 "$MESURES" | sed -E 's/.*"mesure":"([^"]*)".*"p50_ms":([0-9.]*),"p99_ms":([0-9.]*),"max_ms":([0-9.]*).*/\1 : p50 \2 ms, p99 \3 ms, au plus \4 ms/')"
}

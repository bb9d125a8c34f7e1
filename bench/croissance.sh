# shellcheck shell=bash
# What more processes give: list pages a second with 1, 2 and 4 web servers, exports an hour with 1, 2 and 4 workers, on one machine and
# one base. Sourced by bin/bench after bench/imports.sh; the table goes into docs/montee-en-charge.md.

# Exports asked for at once.
readonly CROISSANCE_EXPORTS=24
# Seconds that they may take.
readonly CROISSANCE_SECONDES_MAX=900

# serveurs BASE N: opens N web servers, their ports in `ports_ouverts`.
serveurs_ouverts() {
  local base=$1 n
  ports_ouverts=()
  for ((n = 1; n <= $2; n++)); do
    ports_ouverts+=("$(port_libre $((9300 + 2 * n)))")
    start_child "gardel-$n" "$LOG_DIR/gardel-$n.log" env -u REDIS_URL "DATABASE_URL=$(url_with_base "$SERVEUR" "$base")" "STORAGE_URL=$FICHIERS" \
      GARDEL_ENVIRONNEMENT=demo GARDEL_CACHE_MIO=0 "GARDEL_BASE_CONNEXIONS=$CONNEXIONS_BASE" ROCKET_ADDRESS=127.0.0.1 "ROCKET_PORT=${ports_ouverts[-1]}" "$bin/gardel" serve
    wait_http "${ports_ouverts[-1]}" /connexion "$READY_SECONDS_MAX" "gardel-$n"
  done
}

# pages_de N FOLDER: pages a second of the open servers together, and the worst of their p99, in milliseconds.
pages_de() {
  local n=$1 dossier=$2 rang
  local -a pids=()
  for ((rang = 0; rang < n; rang++)); do
    wrk -t 1 -c $((32 / n)) -d "${duree}s" --timeout 20s -s bench/charge.lua "http://127.0.0.1:${ports_ouverts[rang]}" -- "$dossier/commune.txt" "$dossier/commune.cookie" fragment >"$LOG_DIR/wrk-$rang.log" 2>&1 &
    pids+=("$!")
  done
  for rang in "${pids[@]}"; do wait "$rang" || mourir "wrk a échoué : $(tail -n 3 "$LOG_DIR"/wrk-*.log)"; done
  grep -h '^RESULTAT ' "$LOG_DIR"/wrk-*.log | awk '{ if ($6 + $7 > 0) faute = 1; debit += $2 * 1e6 / $3; if ($5 > p99) p99 = $5 } END { if (faute || NR == 0) exit 1; printf "%.0f %.1f\n", debit, p99 / 1000 }' || mourir 'la mesure de la croissance n’est pas croyable.'
  rm -f "$LOG_DIR"/wrk-*.log
}

# exports_de BASE N COOKIE: exports an hour of N workers.
exports_de() {
  local base=$1 n=$2 rang fin depuis
  depuis="$(pg_query "$base" 'select coalesce(max(id), 0) from export')"
  for ((rang = 0; rang < CROISSANCE_EXPORTS; rang++)); do
    port="${ports_ouverts[0]}" poster "$3" /sejours/exports --data-urlencode "requete=statut=$([ $((rang % 2)) -eq 0 ] && echo valide || echo a_verifier)&taille=$((10 + rang))" --data-urlencode format=csv_fr >/dev/null
  done
  for ((rang = 1; rang <= n; rang++)); do
    start_child "ouvrier-$rang" "$LOG_DIR/ouvrier-$rang.log" env -u REDIS_URL "DATABASE_URL=$(url_with_base "$SERVEUR" "$base")" "STORAGE_URL=$FICHIERS" GARDEL_ENVIRONNEMENT=demo "$bin/gardel-worker" --nom "croissance-$rang"
  done
  fin=$((SECONDS + CROISSANCE_SECONDES_MAX))
  until [ "$(pg_query "$base" "select count(*) from export where id > $depuis and etat = 'pret'")" -eq "$CROISSANCE_EXPORTS" ]; do
    [ "$SECONDS" -lt "$fin" ] || mourir "les exports de la croissance ne finissent pas : $(pg_query "$base" "select etat, count(*) from export where id > $depuis group by 1")"
    sleep 0.2
  done
  for ((rang = 1; rang <= n; rang++)); do stop_child_named "ouvrier-$rang"; done
  pg_query "$base" "select round($CROISSANCE_EXPORTS * 3600 / extract(epoch from max(j.finished_at) - min(j.started_at))) from export e join job j on j.id = e.job_id where e.id > $depuis"
}

mesurer_croissance() {
  local taille=$1 base dossier n debit p99 exports lignes=''
  base="$(nom_de_base "$taille")"
  dossier="$TRAVAIL/croissance"
  titre "Croissance, $taille séjours"
  rm -rf -- "$dossier" && mkdir -p "$dossier"
  instrument "$base" preparer "$dossier" >/dev/null
  for n in 1 2 4; do
    serveurs_ouverts "$base" "$n"
    read -r debit p99 < <(pages_de "$n" "$dossier")
    exports="$(exports_de "$base" "$n" "$dossier/archipel.cookie")"
    for ((rang = 1; rang <= n; rang++)); do stop_child_named "gardel-$rang"; done
    noter "{\"mesure\":\"croissance\",\"taille\":$taille,\"processus\":$n,\"pages_par_s\":$debit,\"p99_ms\":$p99,\"exports_par_heure\":$exports}"
    dire "$n : $debit pages par seconde (99 % en $p99 ms), $exports exports par heure"
    lignes+="| $n | $debit | $p99 ms | $exports |"$'\n'
  done
  {
    printf '%s cœurs, %s séjours, commit %s, %s ; sans cache, 32 connexions en tout ; %s exports CSV d’environ %s lignes demandés ensemble.\n\n' \
      "$(nproc)" "$taille" "$(git rev-parse --short=12 HEAD)" "$(date +%F)" "$CROISSANCE_EXPORTS" "$(pg_query "$base" "select round(avg(lignes_ecrites)) from export where etat = 'pret'")"
    printf '| Processus | Pages de liste par seconde | 99 %% | Exports par heure |\n|---|---|---|---|\n%s' "$lignes"
  } >"$BANC/croissance.md"
  awk -v fichier="$BANC/croissance.md" '
    /<!-- croissance : fin -->/ { dedans = 0 }
    !dedans { print }
    /<!-- croissance : début -->/ { dedans = 1; while ((getline ligne <fichier) > 0) print ligne }
  ' docs/montee-en-charge.md >"$BANC/guide.md"
  cat "$BANC/guide.md" >docs/montee-en-charge.md
  pg_query "$base" "delete from export" >/dev/null 2>&1 || true
}

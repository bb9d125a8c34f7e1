# shellcheck shell=bash
# Exports beside psql, pages during an export, the queue, start and memory. Sourced by bin/bench after
# bench/mesurer.sh.

# Seconds an export may take before the bench gives up.
readonly EXPORT_SECONDS_MAX=900

# The formats that the form of a list offers.
formats_offerts() {
  curl -sS --fail -H "Cookie: $(cat "$1")" "http://127.0.0.1:$port/sejours" |
    awk 'BEGIN { RS = "<" } /^select[^>]*name="format"/ { dedans = 1 } /^\/select/ { dedans = 0 } dedans && /^option/ { if (match($0, /value="[^"]+"/)) print substr($0, RSTART + 7, RLENGTH - 8) }'
}

# demander_export COOKIE FORMAT: prints the id of the export.
demander_export() {
  local reponse
  reponse="$(curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' -H "Cookie: $(cat "$1")" -H 'Sec-Fetch-Site: same-origin' \
    --data-urlencode 'requete=' --data-urlencode "format=$2" "http://127.0.0.1:$port/sejours/exports")"
  case $reponse in
    303\ */exports/*) printf '%s' "${reponse##*/}" ;;
    *) mourir "la demande d'export en « $2 » répond « $reponse »." ;;
  esac
}

# attendre_export BASE ID: until the file is ready; prints « rows seconds bytes », the job's own time.
attendre_export() {
  local fin=$((SECONDS + EXPORT_SECONDS_MAX)) etat=''
  while [ "$SECONDS" -lt "$fin" ]; do
    etat="$(pg_query "$1" "select etat from export where id = $2")"
    case $etat in
      pret)
        pg_query "$1" "select lignes_ecrites || ' ' || extract(epoch from j.finished_at - j.started_at) || ' ' || octets
          from export e join job j on j.id = e.job_id where e.id = $2 and j.finished_at is not null" | grep . && return 0
        ;;
      en_attente | en_cours) ;;
      *) mourir "l'export $2 finit « $etat » : $(pg_query "$1" "select erreur from export where id = $2")" ;;
    esac
    sleep 0.1
  done
  mourir "l'export $2 n'est pas prêt après $EXPORT_SECONDS_MAX s (« $etat »)."
}

# copier BASE FOLDER: psql \copy of the same rows; sets COPIE_LIGNES, COPIE_S.
copier() {
  local debut reponse
  debut="$(maintenant_us)"
  reponse="$(env "PGOPTIONS=$REGLAGES_CONNEXION" "$PG_BIN/psql" -X -h "$PG_SOCKET" -p 5432 -U gardel "$1" \
    -c "\\copy ($(cat "$2/copie.sql")) to '$TRAVAIL/copie.csv' with (format csv, header)")"
  COPIE_S="$(awk -v us="$(($(maintenant_us) - debut))" 'BEGIN { printf "%.3f", us / 1e6 }')"
  COPIE_LIGNES="${reponse#COPY }"
  rm -f "$TRAVAIL/copie.csv"
}

# mesurer_exports SIZE: every format on offer, each in a worker of its own so that its peak is its own.
mesurer_exports() {
  local taille=$1 base dossier format id lignes secondes octets copie
  base="$(nom_de_base "$taille")"
  dossier="$TRAVAIL/$base"
  titre "Exports, $taille séjours"
  rechauffer "$base"
  ouvrir_web "$base"
  copier "$base" "$dossier"
  copie=$COPIE_S
  local -a formats
  mapfile -t formats < <(formats_offerts "$dossier/archipel.cookie")
  # The first export finds a base that no index brought to memory, as does the first copy: both are made
  # again at the end, and the better of the two counts.
  if [ "$taille" -le "$TOUS_FORMATS_MAX" ]; then formats+=(csv_fr); fi
  for format in "${formats[@]}"; do
    if [ "$taille" -gt "$TOUS_FORMATS_MAX" ] && [ "$format" != csv_fr ]; then continue; fi
    ouvrir_ouvrier "$base"
    id="$(demander_export "$dossier/archipel.cookie" "$format")"
    read -r lignes secondes octets < <(attendre_export "$base" "$id")
    [ "$lignes" = "$COPIE_LIGNES" ] || mourir "l'export en « $format » a $lignes lignes, psql en copie $COPIE_LIGNES."
    noter "{\"mesure\":\"export\",\"taille\":$taille,\"format\":\"$format\",\"secondes\":$secondes,\"lignes\":$lignes,\"octets\":$octets,\"memoire_kio\":$(memoire "$(child_pid gardel-worker)" VmHWM)}"
    dire "$format : $secondes s, $octets octets, ouvrier $(($(memoire "$(child_pid gardel-worker)" VmHWM) / 1024)) Mio"
    fermer_ouvrier
    rm -rf -- "${FICHIERS:?}/exports/$id"
  done
  # Before and after, the better of the two: whoever comes second finds the base in memory.
  if [ "$taille" -le "$TOUS_FORMATS_MAX" ]; then
    copier "$base" "$dossier"
    copie="$(printf '%s\n%s\n' "$copie" "$COPIE_S" | sort -g | head -n 1)"
  fi
  noter "{\"mesure\":\"copie\",\"taille\":$taille,\"secondes\":$copie,\"lignes\":$COPIE_LIGNES}"
  dire "psql \\copy : $copie s"
  fermer_web
}

# Pages of eight people who think for 50 ms, alone, then while exports follow one another.
mesurer_voisins() {
  local taille=$1 base dossier arret="$TRAVAIL/arret"
  base="$(nom_de_base "$taille")"
  dossier="$TRAVAIL/$base"
  titre "Pages des autres pendant un export, $taille séjours"
  ouvrir_web "$base" GARDEL_CACHE_MIO=0
  ouvrir_ouvrier "$base"
  export BANC_ATTENTE_MS=50
  charger voisins.calme "$taille" "$dossier/commune.txt" "$dossier/commune.cookie" fragment manque 8 "$((duree * 2))"
  rm -f "$arret"
  (
    while [ ! -e "$arret" ]; do
      id="$(demander_export "$dossier/archipel.cookie" csv_fr)"
      while [ ! -e "$arret" ] && [ "$(pg_query "$base" "select etat from export where id = $id")" != pret ]; do sleep 0.2; done
    done
  ) &
  local boucle=$!
  until [ "$(pg_query "$base" "select count(*) from job where name = 'export' and state = 'running'")" -ge 1 ]; do sleep 0.05; done
  # The exports' requests are answers that wrk did not ask for: the cache is not looked at.
  wrk_sur "http://127.0.0.1:$port" voisins.export "$dossier/commune.txt" "$dossier/commune.cookie" fragment 8 "$((duree * 2))"
  touch "$arret"
  wait "$boucle"
  unset BANC_ATTENTE_MS
  noter "{\"mesure\":\"voisins.export\",\"taille\":$taille,\"p50_ms\":$(awk -v u="$P50_US" 'BEGIN { print u / 1000 }'),\"p99_ms\":$(awk -v u="$P99_US" 'BEGIN { print u / 1000 }'),\"requetes\":$REQUETES}"
  dire "pendant un export : p50 $P50_US µs, p99 $P99_US µs"
  pg_query "$base" "update job set cancel_requested = true where name = 'export' and state = 'running'" >/dev/null
  fermer_ouvrier
  fermer_web
  pg_query "$base" "delete from export; delete from job" >/dev/null
  rm -rf -- "${FICHIERS:?}/exports"
}

# openpyxl's write-only mode on the same rows (the way of Python to write a large workbook).
mesurer_openpyxl() {
  local taille=$1 base ligne
  base="$(nom_de_base "$taille")"
  titre "openpyxl, $taille séjours"
  ligne="$(env "PGOPTIONS=$REGLAGES_CONNEXION" "$VENV/bin/python" bench/openpyxl_ecrit.py "host=$PG_SOCKET user=gardel dbname=$base" \
    "$TRAVAIL/$base/copie.sql" "$TRAVAIL/pair.xlsx")"
  rm -f "$TRAVAIL/pair.xlsx"
  noter "{\"mesure\":\"openpyxl\",\"taille\":$taille,$ligne}"
  dire "$ligne"
}

mesurer_file() {
  local base ligne
  base="$(nom_de_base "$plus_petite")"
  titre 'File des travaux'
  ligne="$(instrument "$base" file --travaux "$travaux" --delais "$delais")"
  noter "{\"mesure\":\"file\",${ligne#\{}"
  dire "$ligne"
}

# Start, binaries, memory of both processes; the web server's after its cache was filled.
mesurer_processus() {
  local base dossier neuf plein pic ouvrier i
  base="$(nom_de_base "$plus_grande")"
  dossier="$TRAVAIL/$base"
  titre 'Démarrage et mémoire'
  # The first start reads the program from the disk; the figure is that of a restart.
  for i in 1 2 3; do
    ouvrir_web "$base"
    noter "{\"mesure\":\"demarrage\",\"ms\":$DEMARRAGE_MS}"
    [ "$i" = 3 ] || fermer_web
  done
  neuf="$(memoire "$(child_pid gardel)" VmRSS)"
  charger remplissage "$plus_grande" "$dossier/archipel.txt" "$dossier/archipel.cookie" fragment libre
  charger remplissage.gzip "$plus_grande" "$dossier/debut.txt" "$dossier/archipel.cookie" gzip libre
  plein="$(memoire "$(child_pid gardel)" VmRSS)"
  pic="$(memoire "$(child_pid gardel)" VmHWM)"
  fermer_web
  ouvrir_ouvrier "$base"
  sleep 2
  ouvrier="$(memoire "$(child_pid gardel-worker)" VmRSS)"
  fermer_ouvrier
  noter "{\"mesure\":\"processus\",\"web_neuf_kio\":$neuf,\"web_plein_kio\":$plein,\"web_pic_kio\":$pic,\"ouvrier_kio\":$ouvrier,\"web_octets\":$(stat -Lc %s "$bin/gardel"),\"ouvrier_octets\":$(stat -Lc %s "$bin/gardel-worker")}"
  dire "premier octet en $DEMARRAGE_MS ms ; web $((neuf / 1024)) Mio neuf, $((pic / 1024)) Mio au plus ; ouvrier $((ouvrier / 1024)) Mio au repos"
}

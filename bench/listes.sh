# shellcheck shell=bash
# The pages: lists at each size beside pgbench, what the cache gives, every filter × sort on offer,
# search among many names. Sourced by bin/bench after bench/mesurer.sh.

# mesurer_listes SIZE
mesurer_listes() {
  local taille=$1 base dossier cas qui essai
  base="$(nom_de_base "$taille")"
  dossier="$TRAVAIL/$base"
  titre "Listes, $taille séjours"
  rechauffer "$base"
  instrument "$base" preparer "$dossier"

  # A cache of no size keeps nothing, and every address differs: each page is made.
  ouvrir_web "$base" GARDEL_CACHE_MIO=0
  for cas in commune archipel debut profonde filtree; do
    qui=archipel
    [ "$cas" = commune ] && qui=commune
    charger "$cas" "$taille" "$dossier/$cas.txt" "$dossier/$qui.cookie" fragment manque
    temoin "$cas.pgbench" "$taille" "$base" "$dossier" "$cas"
  done
  charger recherche "$taille" "$dossier/recherche.txt" "$dossier/archipel.cookie" fragment manque
  # The first time each file is read from the disk: that is told apart, it measures the disk.
  charger fiche.froide "$taille" "$dossier/fiche.txt" "$dossier/archipel.cookie" page libre
  charger fiche "$taille" "$dossier/fiche.txt" "$dossier/archipel.cookie" page libre
  charger compte "$taille" "$dossier/compte.txt" "$dossier/archipel.cookie" fragment manque
  charger facettes "$taille" "$dossier/facettes.txt" "$dossier/archipel.cookie" fragment manque "$CONNEXIONS_BASE"
  ecrire ecriture "$taille" "$base" "$dossier/archipel.cookie" "$ecritures"
  fermer_web

  ouvrir_web "$base"
  chauffer "$dossier/cache.txt" "$dossier/commune.cookie"
  charger memoire "$taille" "$dossier/cache.txt" "$dossier/commune.cookie" fragment touche
  charger memoire.gzip "$taille" "$dossier/cache.txt" "$dossier/commune.cookie" gzip touche
  fermer_web
  ouvrir_web "$base" "REDIS_URL=$REDIS"
  chauffer "$dossier/cache.txt" "$dossier/commune.cookie"
  for essai in 1 2 3; do
    if charger redis "$taille" "$dossier/cache.txt" "$dossier/commune.cookie" fragment presque; then break; fi
    [ "$essai" -lt 3 ] || noter "{\"mesure\":\"ecartee\",\"nom\":\"fragment dans Redis\",\"taille\":$taille,\"cause\":\"Redis n'a pas répondu à temps, machine trop chargée\"}"
    # The circuit that was cut closes after three seconds.
    sleep 4
  done
  fermer_web
}

# Asks once, so that what follows finds it.
chauffer() {
  local adresse code
  while read -r adresse; do
    code="$(curl -sS -o /dev/null -w '%{http_code}' -H "Cookie: $(cat "$2")" -H 'HX-Request: true' -H 'HX-Request-Type: partial' "http://127.0.0.1:$port$adresse")"
    [ "$code" = 200 ] || mourir "$adresse répond $code."
  done <"$1"
}

# Rocket alone, with one text: what everything else is compared to.
mesurer_texte() {
  titre 'Témoin : Rocket nu, un texte'
  local port_texte
  port_texte="$(port_libre 9240)"
  start_child texte "$LOG_DIR/texte.log" "$instruments" texte --port "$port_texte"
  wait_http "$port_texte" /texte "$READY_SECONDS_MAX" texte
  echo /texte >"$TRAVAIL/texte.txt"
  charger_autre texte 0 "http://127.0.0.1:$port_texte" "$TRAVAIL/texte.txt" - page
  stop_child_named texte
}

# mesurer_plans SIZE: the statement of every filter × sort, alone on the base.
mesurer_plans() {
  local base
  base="$(nom_de_base "$1")"
  titre "Chaque filtre × tri, $1 séjours"
  instrument "$base" plans --repetitions "$repetitions" --une-sur "$une_sur" >"$TRAVAIL/plans.jsonl"
  sed "s/^{/{\"mesure\":\"plan\",\"taille\":$1,/" "$TRAVAIL/plans.jsonl" >>"$MESURES"
  dire "$(wc -l <"$TRAVAIL/plans.jsonl") questions"
}

# mesurer_noms COUNT: search among many names, one person at a time, beside a file page found by its key.
mesurer_noms() {
  local noms=$1 cas
  local base="gardel_banc_noms_$noms" dossier="$TRAVAIL/noms_$noms"
  titre "Recherche parmi $noms noms de logements"
  preparer_base "$base" 20000 "noms $noms" remplir_noms
  rechauffer "$base"
  instrument "$base" noms "$dossier"
  ouvrir_web "$base" GARDEL_CACHE_MIO=0
  for cas in fiche logements hebergeurs partout; do
    un_a_un "noms.$cas" "$noms" "$dossier/$cas.txt" "$dossier/archipel.cookie" "$([ $cas = fiche ] && echo page || echo fragment)" "$recherches"
  done
  fermer_web
}
remplir_noms() { run_long "$PG_BIN/psql" -X -q -h "$PG_SOCKET" -p 5432 -U gardel -v "noms=$noms" -f bench/noms.sql "$1" >/dev/null; }

# What travels to the browser for a list of fifty rows.
mesurer_poids() {
  local base dossier page lien
  base="$(nom_de_base "$plus_petite")"
  dossier="$TRAVAIL/$base"
  page="$TRAVAIL/page.html"
  titre 'Octets sur le fil'
  ouvrir_web "$base"
  demander() { curl -sS --fail -H "Cookie: $(cat "$dossier/archipel.cookie")" -H "Accept-Encoding: $2" "http://127.0.0.1:$port$1"; }
  demander /sejours identity >"$page"
  local compresse nu scripts=0 styles=0
  nu="$(wc -c <"$page")"
  compresse="$(demander /sejours gzip | wc -c)"
  [ "$(grep -c '<tr id="l-' "$page" || true)" -gt 0 ] || [ "$(grep -o 'id="l-' "$page" | wc -l)" -eq 50 ] || mourir 'la page des séjours ne montre pas ses lignes.'
  for lien in $(grep -oE '/static/[^"#]+\.js' "$page" | sort -u); do scripts=$((scripts + $(demander "$lien" br | wc -c))); done
  for lien in $(grep -oE '/static/[^"#]+\.css' "$page" | sort -u); do styles=$((styles + $(demander "$lien" br | wc -c))); done
  fermer_web
  [ "$scripts" -gt 0 ] && [ "$styles" -gt 0 ] || mourir 'la page des séjours ne nomme ni script ni style.'
  noter "{\"mesure\":\"poids\",\"page_nue\":$nu,\"page_gzip\":$compresse,\"scripts\":$scripts,\"styles\":$styles}"
  dire "page $compresse octets ($nu sans compression), scripts $scripts, styles $styles"
}

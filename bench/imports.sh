# shellcheck shell=bash
# An import of hosts, from the click to its last row: check of every line, then the writing, then the same file again and the way
# back, beside psql \copy and pgloader, which load the same rows into the same table with its
# indexes and its triggers, and check nothing; the check alone beside csvclean and django-import-export's dry run. Sourced by bin/bench after
# bench/travail.sh.

# Seconds a step of an import may take before the bench gives up.
readonly IMPORT_SECONDS_MAX=3600
# The field of each column of the files below, in their order.
readonly IMPORT_COLONNES='nom type siret inscrit_le commune telephone courriel adresse code_postal ville'

# fichier_hebergeurs LINES FIRST COMMUNES FILE: one host in five is a professional, with a SIRET whose key is right.
fichier_hebergeurs() {
  awk -v n="$1" -v premier="$2" -v communes="$3" 'BEGIN {
    split(communes, c, " "); for (k in c) nc++
    print "Nom ou raison sociale;Type;SIRET;Inscrit le;Commune où il loue;Téléphone;Courriel;Adresse;Code postal;Ville"
    for (i = premier; i < premier + n; i++) {
      siret = ""; type = "Particulier"
      if (i % 5 == 0) {
        type = "Professionnel"; base = sprintf("4%07d%05d", i % 10000000, int(i / 10000000) + 10); s = 0
        for (k = 1; k <= 13; k++) { d = substr(base, k, 1) + 0; if (k % 2 == 1) { d *= 2; if (d > 9) d -= 9 }; s += d }
        siret = base ((10 - s % 10) % 10)
      }
      printf "Loueur numéro %d;%s;%s;%02d/%02d/%d;%s;069%d%06d;loueur%d@exemple.gp;%d rue des Flamboyants;97%d;Ville %d\n",
        i, type, siret, i % 28 + 1, i % 12 + 1, 2015 + i % 10, c[i % nc + 1], int(i / 1000000) % 10, i % 1000000, i, i % 300 + 1, 100 + i % 80, i % 32
    }
  }' >"$4"
}

# poster COOKIE PATH [CURL OPTIONS]: prints where the answer sends.
poster() {
  local cookie=$1 chemin=$2 reponse
  shift 2
  reponse="$(curl -sS -o "$LOG_DIR/import.html" -w '%{http_code} %{redirect_url}' -H "Cookie: $(cat "$cookie")" -H 'Sec-Fetch-Site: same-origin' "$@" "http://127.0.0.1:$port$chemin")"
  case $reponse in
    303\ *) printf '%s' "${reponse#303 }" ;;
    *) mourir "l'envoi à $chemin répond « $reponse » : $(sed -n 's/.*class="alerte[^>]*>//p' "$LOG_DIR/import.html" | head -c 300)" ;;
  esac
}

# attendre_import BASE ID STATE: until the import is there; prints the seconds of its job.
attendre_import() {
  local fin=$((SECONDS + IMPORT_SECONDS_MAX)) etat=''
  while [ "$SECONDS" -lt "$fin" ]; do
    etat="$(pg_query "$1" "select etat from import where id = $2")"
    case $etat in
      "$3")
        pg_query "$1" "select round(extract(epoch from j.finished_at - j.started_at)::numeric, 3) from import a join job j on j.id = a.job_id where a.id = $2 and j.finished_at is not null" | grep . && return 0
        ;;
      verification | ecriture | annulation) ;;
      *) mourir "l'import $2 finit « $etat » : $(pg_query "$1" "select erreur from import where id = $2")" ;;
    esac
    sleep 0.1
  done
  mourir "l'import $2 n'est pas « $3 » après $IMPORT_SECONDS_MAX s."
}

# verifier_import BASE COOKIE FILE: sends it and has it checked; prints « id seconds ».
verifier_import() {
  local id
  id="$(demander_verification "$2" "$3")"
  printf '%s %s\n' "$id" "$(attendre_import "$1" "$id" a_confirmer)"
}

# retirer_temoins BASE: the table as it was before its witness.
retirer_temoins() {
  pg_query "$1" "delete from hebergeur where numero like 'BANC-%'; delete from suppression" >/dev/null
  pg_query "$1" 'vacuum full hebergeur' >/dev/null
  pg_query "$1" 'vacuum analyze' >/dev/null
  pg_query "$1" 'checkpoint' >/dev/null
}

# charger_pgloader BASE FOLDER: the same rows by pgloader, none of them checked.
charger_pgloader() {
  local colonnes='numero, nom, type, siret, inscrit_le, telephone, courriel, adresse, code_postal, ville'
  # Its settings are those of the other connections; it has no quiet way of its own.
  cat >"$2/pgloader.load" <<CHARGE
LOAD CSV FROM '$2/copie.csv' ($colonnes)
  INTO postgresql://gardel@unix:$PG_SOCKET:5432/$1 TARGET TABLE public.hebergeur ($colonnes)
  WITH fields optionally enclosed by '"', fields terminated by ',', fields escaped by double-quote
  SET jit TO 'off', timezone TO 'UTC';
CHARGE
  pgloader --quiet "$2/pgloader.load" >"$LOG_DIR/pgloader.log" 2>&1 || { cat "$LOG_DIR/pgloader.log" >&2; mourir 'pgloader a échoué.'; }
}

# nombre NAME: the number of that name in an object read on the standard input.
nombre() { sed -nE "s/.*\"$1\":([0-9]+).*/\1/p"; }

# en_morceaux COOKIE FILE: sends a file as the page does when a script runs, chunk by chunk; prints the address of its import.
en_morceaux() {
  local -a demande=(curl -sS --fail-with-body -H "Cookie: $(cat "$1")" -H 'Sec-Fetch-Site: same-origin')
  local ou="http://127.0.0.1:$port/imports/envois" etat id morceau position=0 bout="$TRAVAIL/morceau" taille
  taille="$(stat -c %s "$2")"
  etat="$("${demande[@]}" "$ou" -d genre=hebergeurs -d nom=hebergeurs.csv -d "octets=$taille")" || mourir "l'envoi ne commence pas : $etat"
  id="$(nombre id <<<"$etat")" morceau="$(nombre morceau <<<"$etat")"
  while [ "$position" -lt "$taille" ]; do
    tail -c "+$((position + 1))" "$2" | head -c "$morceau" >"$bout" || true
    etat="$("${demande[@]}" "$ou/$id/morceaux?position=$position&sha256=$(sha256sum "$bout" | cut -c1-64)" -H 'Content-Type: application/octet-stream' --data-binary "@$bout")" ||
      mourir "un morceau n'arrive pas : $etat"
    position=$((position + morceau))
  done
  rm -f "$bout"
  until etat="$("${demande[@]}" -X POST "$ou/$id/fin")" && [ "$(nombre import <<<"$etat")" ]; do sleep 1; done
  printf '/imports/%s/lecture\n' "$(nombre import <<<"$etat")"
}

# What a form may hold; a larger file comes chunk by chunk.
readonly FORMULAIRE_OCTETS=200000000

# demander_verification COOKIE FILE: sends a file and asks for its check; prints the id of the import.
demander_verification() {
  local cookie=$1 id rang=0 champ
  if [ "$(stat -c %s "$2")" -le "$FORMULAIRE_OCTETS" ]; then
    id="$(poster "$cookie" /imports -F genre=hebergeurs -F "fichiers=@$2")"
  else
    id="$(en_morceaux "$cookie" "$2")" || mourir "le fichier n'arrive pas."
  fi
  id="${id##*/imports/}" && id="${id%%/*}"
  local -a formulaire=(--data-urlencode faire=verifier --data-urlencode mode=completer)
  for champ in $IMPORT_COLONNES; do formulaire+=(--data-urlencode "colonne-$rang=$champ") && rang=$((rang + 1)); done
  poster "$cookie" "/imports/$id/lecture" "${formulaire[@]}" >/dev/null
  printf '%s\n' "$id"
}

# pages_pendant NAME LINES BASE ID STATE: pages of eight people who think for 50 ms, while an import is in STATE.
pages_pendant() {
  local base=$3
  until [ "$(pg_query "$base" "select lues + avancement from import where id = $4")" -gt 0 ]; do sleep 0.05; done
  export BANC_ATTENTE_MS=50
  wrk_sur "http://127.0.0.1:$port" "$1" "$TRAVAIL/imports/commune.txt" "$TRAVAIL/imports/commune.cookie" fragment 8 "$duree"
  unset BANC_ATTENTE_MS
  [ "$(pg_query "$base" "select etat from import where id = $4")" = "$5" ] || avertir "l'import a fini avant la mesure « $1 » : donnez plus de lignes."
  noter "{\"mesure\":\"$1\",\"taille\":$2,\"p50_ms\":$(awk -v u="$P50_US" 'BEGIN { print u / 1000 }'),\"p99_ms\":$(awk -v u="$P99_US" 'BEGIN { print u / 1000 }'),\"requetes\":$REQUETES}"
  dire "$1 : p50 $P50_US µs, p99 $P99_US µs"
}

# mesurer_imports LINES
mesurer_imports() {
  local lignes=$1 base dossier cookie communes fichier id verification ecriture encore annulation copie pgloader comptes csvclean='' sec='' debut memoire nouvelles id_encore
  base=gardel_banc_imports
  dossier="$TRAVAIL/imports"
  titre "Imports, $lignes hébergeurs"
  pg_query postgres "drop database if exists $base with (force)" >/dev/null 2>&1
  preparer_base "$base" 20000 'imports'
  mkdir -p "$dossier"
  instrument "$base" preparer "$dossier" >/dev/null
  cookie="$dossier/archipel.cookie"
  communes="$(pg_query "$base" "select string_agg(code_insee, ' ' order by code_insee) from (select distinct code_insee from collectivite_commune) c")"
  fichier="$dossier/hebergeurs.csv"
  fichier_hebergeurs "$lignes" 1 "$communes" "$fichier"

  # The witness first: its rows are taken away again, and the table is left as it was.
  {
    printf '%s\n' 'begin;' "create temp table brut (nom text, type text, siret text, inscrit_le text, commune text, telephone text, courriel text, adresse text, code_postal text, ville text);"
    printf '\\copy brut from %s with (format csv, header, delimiter %s)\n' "'$fichier'" "';'"
    printf '%s\n' "\\copy (select 'BANC-' || row_number() over (), nom, lower(type), nullif(siret, ''), to_date(inscrit_le, 'DD/MM/YYYY'), telephone, courriel, adresse, code_postal, ville from brut) to '$dossier/copie.csv' with (format csv)" 'rollback;'
  } >"$dossier/preparer.sql"
  env "PGOPTIONS=$REGLAGES_CONNEXION" "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKET" -p 5432 -U gardel "$base" -f "$dossier/preparer.sql" || mourir 'le témoin des imports ne se prépare pas.'
  debut="$(maintenant_us)"
  env "PGOPTIONS=$REGLAGES_CONNEXION" "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKET" -p 5432 -U gardel "$base" \
    -c "\\copy hebergeur (numero, nom, type, siret, inscrit_le, telephone, courriel, adresse, code_postal, ville) from '$dossier/copie.csv' with (format csv)" || mourir 'le témoin des imports ne se copie pas.'
  copie="$(awk -v us="$(($(maintenant_us) - debut))" 'BEGIN { printf "%.3f", us / 1e6 }')"
  [ "$(pg_query "$base" "select count(*) from hebergeur where numero like 'BANC-%'")" -eq "$lignes" ] || mourir 'le témoin des imports n’a pas copié toutes ses lignes.'
  retirer_temoins "$base"
  debut="$(maintenant_us)"
  charger_pgloader "$base" "$dossier"
  pgloader="$(awk -v us="$(($(maintenant_us) - debut))" 'BEGIN { printf "%.3f", us / 1e6 }')"
  [ "$(pg_query "$base" "select count(*) from hebergeur where numero like 'BANC-%'")" -eq "$lignes" ] || mourir 'pgloader n’a pas chargé toutes ses lignes.'
  retirer_temoins "$base"

  ouvrir_web "$base"
  ouvrir_ouvrier "$base"
  read -r id verification < <(verifier_import "$base" "$cookie" "$fichier")
  comptes="$(pg_query "$base" "select nouvelles || ' ' || refusees || ' ' || revision from import where id = $id")"
  [ "${comptes% *}" = "$lignes 0" ] || mourir "l'import des hébergeurs compte « $comptes » au lieu de $lignes nouvelles."
  poster "$cookie" "/imports/$id/ecriture" --data-urlencode "lignes=$lignes" --data-urlencode "revision=${comptes##* }" >/dev/null
  ecriture="$(attendre_import "$base" "$id" termine)"
  [ "$(pg_query "$base" "select creees from import where id = $id")" -eq "$lignes" ] || mourir "l'import n'a pas créé $lignes hébergeurs."
  # The same rows once more: a file that differs by its last line only.
  { cat "$fichier" && printf '\n'; } >"$dossier/encore.csv"
  read -r id_encore encore < <(verifier_import "$base" "$cookie" "$dossier/encore.csv")
  [ "$(pg_query "$base" "select identiques from import where id = $id_encore")" -eq "$lignes" ] || mourir "le même fichier n'est pas reconnu."
  poster "$cookie" "/imports/$id_encore/abandon" -X POST >/dev/null
  poster "$cookie" "/imports/$id/annulation" -X POST >/dev/null
  annulation="$(attendre_import "$base" "$id" annule)"
  [ "$(pg_query "$base" "select defaites from import where id = $id")" -eq "$lignes" ] || mourir "l'annulation n'a pas tout repris."
  memoire="$(memoire "$(child_pid gardel-worker)" VmHWM)"
  fermer_ouvrier
  fermer_web
  if [ "$django" = oui ] && [ "$lignes" -le "$TOUS_FORMATS_MAX" ]; then
    debut="$(maintenant_us)"
    "$VENV/bin/csvclean" --enable-all-checks -d ';' "$fichier" >"$dossier/propre.csv" 2>"$LOG_DIR/csvclean.log" || mourir 'csvclean a échoué.'
    csvclean="$(awk -v us="$(($(maintenant_us) - debut))" 'BEGIN { printf "%.3f", us / 1e6 }')"
    [ "$(wc -l <"$dossier/propre.csv")" -eq "$((lignes + 1))" ] || mourir 'csvclean n’a pas gardé toutes les lignes.'
  fi
  if [ "$django" = oui ] && [ "$lignes" -le 100000 ]; then
    read -r sec nouvelles < <(env "BANC_SOCKET=$PG_SOCKET" "BANC_BASE=$base" "PGOPTIONS=$REGLAGES_CONNEXION" "$VENV/bin/python" bench/import_django.py "$fichier") || mourir 'django-import-export a échoué.'
    [ "$nouvelles" = "$lignes" ] || mourir "django-import-export compte $nouvelles lignes nouvelles au lieu de $lignes."
  fi
  noter "{\"mesure\":\"import\",\"lignes\":$lignes,\"verification\":$verification,\"ecriture\":$ecriture,\"encore\":$encore,\"annulation\":$annulation,\"copie\":$copie,\"pgloader\":$pgloader,\"csvclean\":${csvclean:-null},\"django\":${sec:-null},\"memoire_kio\":$memoire}"
  dire "copie $copie s, pgloader $pgloader s ; vérification $verification s (csvclean ${csvclean:--} s, django-import-export ${sec:--} s), écriture $ecriture s, même fichier $encore s, annulation $annulation s ; ouvrier $((memoire / 1024)) Mio"
  if [ "$lignes" = "${lignes_importees##*,}" ]; then
    ouvrir_web "$base" GARDEL_CACHE_MIO=0
    ouvrir_ouvrier "$base"
    export BANC_ATTENTE_MS=50
    charger import.calme "$lignes" "$dossier/commune.txt" "$dossier/commune.cookie" fragment manque 8 "$duree"
    unset BANC_ATTENTE_MS
    id="$(demander_verification "$cookie" "$fichier")"
    pages_pendant import.verification "$lignes" "$base" "$id" verification
    attendre_import "$base" "$id" a_confirmer >/dev/null
    pg_query "$base" "update import set revision = 0 where id = $id" >/dev/null
    poster "$cookie" "/imports/$id/ecriture" --data-urlencode "lignes=$lignes" --data-urlencode revision=0 >/dev/null
    sleep 1
    pages_pendant import.ecriture "$lignes" "$base" "$id" ecriture
    attendre_import "$base" "$id" termine >/dev/null
    fermer_ouvrier
    fermer_web
  fi
  rm -rf -- "${FICHIERS:?}/imports"
}

# fenetres NAME LINES BASE ID STATE: pages of eight people, in windows of $duree seconds for as long as the import is in STATE; notes the
# worst and the middle of their p99, and the number of pages.
fenetres() {
  local etat lues pages=0
  : >"$TRAVAIL/fenetres"
  until [ "$(pg_query "$3" "select lues + avancement from import where id = $4")" -gt 0 ]; do sleep 0.5; done
  export BANC_ATTENTE_MS=50
  while :; do
    wrk_sur "http://127.0.0.1:$port" "$1" "$TRAVAIL/imports/commune.txt" "$TRAVAIL/imports/commune.cookie" fragment 8 "$duree"
    IFS='|' read -r etat lues < <(pg_query "$3" "select etat, lues + avancement from import where id = $4")
    [ "$etat" = "$5" ] || break
    pages=$((pages + REQUETES))
    printf '%s %s %s\n' "$P99_US" "$P50_US" "$lues" >>"$TRAVAIL/fenetres"
  done
  unset BANC_ATTENTE_MS
  [ -s "$TRAVAIL/fenetres" ] || mourir "l'import a fini avant la première fenêtre de « $1 » : donnez plus de lignes."
  noter "$(sort -n "$TRAVAIL/fenetres" | awk -v nom="$1" -v taille="$2" -v pages="$pages" '{ p99[NR] = $1; p50 += $2 } END {
    printf "{\"mesure\":\"%s\",\"taille\":%d,\"fenetres\":%d,\"pages\":%d,\"p50_ms\":%.3f,\"p99_milieu_ms\":%.3f,\"p99_ms\":%.3f}", nom, taille, NR, pages, p50 / NR / 1000, p99[int((NR + 1) / 2)] / 1000, p99[NR] / 1000 }')"
  dire "$(tail -n 1 "$MESURES")"
}

# mesurer_gros LINES: one file of that many hosts, checked then written, while eight people read pages from beginning to end.
mesurer_gros() {
  local lignes=$1 base=gardel_banc_imports dossier="$TRAVAIL/imports" cookie communes fichier id verification ecriture revision memoire
  titre "Un fichier de $lignes hébergeurs, et huit personnes qui lisent"
  pg_query postgres "drop database if exists $base with (force)" >/dev/null 2>&1
  preparer_base "$base" 20000 'imports'
  mkdir -p "$dossier"
  instrument "$base" preparer "$dossier" >/dev/null
  cookie="$dossier/archipel.cookie" fichier="$dossier/hebergeurs.csv"
  communes="$(pg_query "$base" "select string_agg(code_insee, ' ' order by code_insee) from (select distinct code_insee from collectivite_commune) c")"
  fichier_hebergeurs "$lignes" 1 "$communes" "$fichier"
  ouvrir_web "$base" GARDEL_CACHE_MIO=0
  ouvrir_ouvrier "$base"
  export BANC_ATTENTE_MS=50
  for _ in 1 2 3; do charger gros.calme "$lignes" "$dossier/commune.txt" "$dossier/commune.cookie" fragment manque 8 "$duree"; done
  unset BANC_ATTENTE_MS
  id="$(demander_verification "$cookie" "$fichier")"
  rm -f "$fichier"
  fenetres gros.verification "$lignes" "$base" "$id" verification
  verification="$(attendre_import "$base" "$id" a_confirmer)"
  revision="$(pg_query "$base" "select revision from import where id = $id and nouvelles = $lignes and refusees = 0")"
  [ -n "$revision" ] || mourir "l'import compte « $(pg_query "$base" "select nouvelles, refusees from import where id = $id") » au lieu de $lignes nouvelles."
  poster "$cookie" "/imports/$id/ecriture" --data-urlencode "lignes=$lignes" --data-urlencode "revision=$revision" >/dev/null
  fenetres gros.ecriture "$lignes" "$base" "$id" ecriture
  ecriture="$(attendre_import "$base" "$id" termine)"
  [ "$(pg_query "$base" "select count(*) from hebergeur where nom like 'Loueur numéro %'")" -eq "$lignes" ] || mourir "l'import n'a pas écrit $lignes hébergeurs."
  memoire="$(memoire "$(child_pid gardel-worker)" VmHWM)"
  noter "{\"mesure\":\"gros\",\"lignes\":$lignes,\"verification\":$verification,\"ecriture\":$ecriture,\"memoire_kio\":$memoire,\"base_octets\":$(pg_query "$base" "select pg_database_size(current_database())")}"
  dire "$(tail -n 1 "$MESURES")"
  fermer_ouvrier
  fermer_web
  rm -rf -- "${FICHIERS:?}/imports"
  pg_query postgres "drop database if exists $base with (force)" >/dev/null 2>&1
}

# The first rows of a file of two gigabytes, once it has arrived: a text is looked at by its beginning.
mesurer_apercu() {
  local modele="$TRAVAIL/apercu.modele" fichier="$TRAVAIL/apercu.csv" ligne
  titre 'Aperçu d’un fichier de 2 Go'
  fichier_hebergeurs 100000 1 '97101 97102' "$modele"
  head -n 1 "$modele" >"$fichier"
  tail -n +2 "$modele" >"$modele.corps"
  while [ "$(stat -c %s "$fichier")" -lt 2000000000 ]; do cat "$modele.corps" "$modele.corps" "$modele.corps" "$modele.corps" >>"$fichier"; done
  ligne="$("$instruments" apercu "$fichier")" || mourir "l'aperçu a échoué."
  rm -f "$fichier" "$modele" "$modele.corps"
  noter "{\"mesure\":\"apercu\",${ligne#\{}"
  dire "$ligne"
}

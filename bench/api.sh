# shellcheck shell=bash
# The JSON API: a page of one commune, first and deep, made each time and from the cache, beside Django REST Framework (a ModelViewSet
# with CursorPagination, a token, select_related) on the same base in the same run; and what the pages of people become while a token
# reads in a loop. Sourced by bin/bench after bench/pairs.sh.

# jeton_api BASE COOKIE_FILE CALLS FILE: a token of the person of a session, of so many calls a minute.
jeton_api() {
  local base=$1 secret controle texte empreinte
  secret="$(head -c 32 /dev/urandom | sha256sum | cut -c1-64)"
  controle="$(printf 'gardel_%s' "$secret" | sha256sum | cut -c1-8)"
  texte="gardel_$secret$controle"
  empreinte="$(printf '%s' "$texte" | sha256sum | cut -c1-64)"
  # What limits a token is looked at by the tests: the rate of the API itself is measured here.
  pg_query "$base" 'alter table jeton_api drop constraint if exists jeton_api_appels_minute_check, drop constraint if exists jeton_api_lignes_jour_check' >/dev/null
  pg_query "$base" "insert into jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, personnel, expire_le, appels_minute, simultanes, lignes_jour)
    select s.utilisateur_id, lieu_du_compte(s.utilisateur_id), 'banc ' || clock_timestamp(), 'personnel', decode('$empreinte', 'hex'), left('$texte', 13), '{\"taxe\": 2}',
      array(select collectivite_id from utilisateur_collectivite uc where uc.utilisateur_id = s.utilisateur_id), false, now() + interval '30 days', $3, ${5:-100}, 1000000000000
    from session s where s.empreinte = sha256(split_part('$(cat "$2")', '=', 2)::bytea)" >/dev/null
  printf '%s\n' "$texte" >"$4"
  [ "$(pg_query "$base" "select count(*) from jeton_api where empreinte = decode('$empreinte', 'hex')")" = 1 ] || mourir 'le jeton du banc ne se fait pas.'
}

# mesurer_api SIZE
mesurer_api() {
  local taille=$1 base dossier cas jeton adresse cookie_drf attente
  base="$(nom_de_base "$taille")"
  dossier="$TRAVAIL/$base"
  titre "API, $taille séjours"
  rechauffer "$base"
  for cas in commune profonde cache; do sed 's#^/sejours#/api/v1/sejours#' "$dossier/$cas.txt" >"$TRAVAIL/api.$cas.txt"; done
  jeton_api "$base" "$dossier/commune.cookie" 2000000000 "$TRAVAIL/api.commune.jeton"
  jeton_api "$base" "$dossier/archipel.cookie" 2000000000 "$TRAVAIL/api.archipel.jeton"

  ouvrir_web "$base" GARDEL_CACHE_MIO=0
  charger api.commune "$taille" "$TRAVAIL/api.commune.txt" "$TRAVAIL/api.commune.jeton" jeton manque
  charger api.profonde "$taille" "$TRAVAIL/api.profonde.txt" "$TRAVAIL/api.archipel.jeton" jeton manque
  temoin api.commune.pgbench "$taille" "$base" "$dossier" commune
  fermer_web
  ouvrir_web "$base"
  # Once, so that what follows finds it.
  while read -r adresse; do
    curl -sSf -o /dev/null -H "Authorization: Bearer $(cat "$TRAVAIL/api.commune.jeton")" "http://127.0.0.1:$port$adresse" || mourir "$adresse ne répond pas."
  done <"$TRAVAIL/api.cache.txt"
  charger api.memoire "$taille" "$TRAVAIL/api.cache.txt" "$TRAVAIL/api.commune.jeton" jeton touche
  fermer_web

  # One person, page after page: alone, then while a token as they are made by default reads in a loop.
  jeton_api "$base" "$dossier/commune.cookie" 600 "$TRAVAIL/api.bruyant.jeton" 4
  ouvrir_web "$base" GARDEL_CACHE_MIO=0
  un_a_un api.calme "$taille" "$dossier/archipel.txt" "$dossier/archipel.cookie" fragment 400
  # Most of its calls are refused once its minute is spent: what they cost is part of the noise.
  start_child bruit "$LOG_DIR/bruit.log" wrk -t 1 -c 8 -d 300s --timeout 20s -s bench/charge.lua "http://127.0.0.1:$port" -- "$TRAVAIL/api.commune.txt" "$TRAVAIL/api.bruyant.jeton" jeton
  sleep 1
  un_a_un api.bruit "$taille" "$dossier/archipel.txt" "$dossier/archipel.cookie" fragment 400
  stop_child_named bruit
  fermer_web

  [ "$django" = oui ] || return 0
  cookie_drf="$(env "BANC_SOCKET=$PG_SOCKET" "BANC_BASE=$base" BANC_API=1 DJANGO_SETTINGS_MODULE=reglages PYTHONPATH=bench/django "$VENV/bin/python" bench/django/preparer.py)"
  printf '%s\n' "$cookie_drf" >"$TRAVAIL/drf.jeton"
  sed 's#^/sejours#/api/sejours/#' "$dossier/commune.txt" >"$TRAVAIL/drf.txt"
  ouvrir_django "$base" BANC_API=1
  attente="$(curl -sS --fail -H "Authorization: Token $cookie_drf" "http://127.0.0.1:$port_django$(head -n 1 "$TRAVAIL/drf.txt")" | grep -o '"reference"' | wc -l)" ||
    mourir "Django REST Framework ne répond pas (journal : $LOG_DIR/django.log)."
  [ "$attente" -eq 50 ] || mourir "Django REST Framework donne $attente lignes."
  charger_autre drf.commune "$taille" "http://127.0.0.1:$port_django" "$TRAVAIL/drf.txt" "$TRAVAIL/drf.jeton" drf "$((duree + 5))"
  fermer_django
}

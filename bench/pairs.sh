# shellcheck shell=bash
# Django over the same base: a view written for speed, its cached form, the changelist of the admin.
# Sourced by bin/bench after bench/mesurer.sh.

# ouvrir_django BASE [NAME=VALUE…]: gunicorn, two workers.
ouvrir_django() {
  local base=$1
  shift
  port_django="$(port_libre 9260)"
  start_child django "$LOG_DIR/django.log" env "BANC_SOCKET=$PG_SOCKET" "BANC_BASE=$base" "BANC_REGLAGES=$REGLAGES_CONNEXION" \
    DJANGO_SETTINGS_MODULE=reglages "$@" "$VENV/bin/gunicorn" --chdir bench/django --workers 2 --worker-class gthread --threads 4 \
    --keep-alive 30 --bind "127.0.0.1:$port_django" --log-level warning 'django.core.wsgi:get_wsgi_application()'
  local fin=$((SECONDS + READY_SECONDS_MAX))
  until port_taken "$port_django"; do
    kill -0 "$(child_pid django)" 2>/dev/null || child_died django
    [ "$SECONDS" -lt "$fin" ] || mourir "gunicorn ne répond pas (journal : $LOG_DIR/django.log)."
    sleep 0.05
  done
}
fermer_django() { stop_child_named django; }

# verifier_django ADDRESS COOKIE: the page must be there, with its fifty rows.
verifier_django() {
  local lignes
  lignes="$(curl -sS --fail -H "Cookie: $2" "http://127.0.0.1:$port_django$1" | grep -o '<tr' | wc -l)" || mourir "Django refuse $1."
  [ "$lignes" -ge 51 ] || mourir "Django ne montre que $lignes lignes pour $1 (journal : $LOG_DIR/django.log)."
}

# mesurer_django SIZE
mesurer_django() {
  local taille=$1 base dossier cookie
  base="$(nom_de_base "$taille")"
  dossier="$TRAVAIL/$base"
  titre "Django, $taille séjours"
  cookie="$(env "BANC_SOCKET=$PG_SOCKET" "BANC_BASE=$base" BANC_ADMIN=1 DJANGO_SETTINGS_MODULE=reglages PYTHONPATH=bench/django \
    "$VENV/bin/python" bench/django/preparer.py)"
  printf '%s\n' "$cookie" >"$TRAVAIL/admin.cookie"
  # The same questions as Gardel's agent of one commune.
  head -n 1 "$dossier/commune.txt" | sed 's#^/sejours#/cache#' >"$TRAVAIL/django.cache.txt"
  echo '/admin/pair/sejour/?commune__exact=97113&statut__exact=a_verifier' >"$TRAVAIL/django.admin.txt"
  ouvrir_django "$base"
  verifier_django "$(head -n 1 "$dossier/commune.txt")" ''
  verifier_django "$(cat "$TRAVAIL/django.cache.txt")" ''
  charger_autre django.vue "$taille" "http://127.0.0.1:$port_django" "$dossier/commune.txt" - page
  charger_autre django.cache "$taille" "http://127.0.0.1:$port_django" "$TRAVAIL/django.cache.txt" - page
  fermer_django
  ouvrir_django "$base" BANC_ADMIN=1
  verifier_django "$(cat "$TRAVAIL/django.admin.txt")" "$cookie"
  # A page of the admin may take seconds on a busy machine.
  charger_autre django.admin "$taille" "http://127.0.0.1:$port_django" "$TRAVAIL/django.admin.txt" "$TRAVAIL/admin.cookie" page "$((duree + 5))"
  fermer_django
}

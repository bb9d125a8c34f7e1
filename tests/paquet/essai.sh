# shellcheck shell=bash
# The package in a Debian of its own, with systemd as its first process and no network: what bin/paquet --essai does. Sourced, never run.

# The packages of Debian that the guides ask for, and what the trial itself needs: they are there before the network is taken away.
readonly PAQUETS_DU_MODELE=systemd,systemd-sysv,dbus,sudo,adduser,ca-certificates,postgresql,nginx-light,openssl,curl,procps,iproute2,zstd,age,prometheus,prometheus-alertmanager,prometheus-blackbox-exporter,prometheus-node-exporter
readonly TEMPS_MAX=1800

# A bare Debian 12, made once and kept.
modele() {
  local modele racine="$SORTIE/racine" miroir
  # Another list of packages is another model.
  modele="$SORTIE/debian-12-$(printf '%s' "$PAQUETS_DU_MODELE" | sha256sum | cut -c1-8).tar"
  if [ ! -s "$modele" ]; then
    titre 'Un Debian 12 pour l’essai (une à trois minutes, la première fois)' >&2
    # The mirror of this machine.
    miroir="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/*$' | head -n 1)"
    rm -rf -- "$racine"
    run_long debootstrap --variant=minbase --include="$PAQUETS_DU_MODELE" bookworm "$racine" "${miroir:-http://deb.debian.org/debian}" >"$VAR/log/debootstrap.log" 2>&1 || {
      tail -n 25 "$VAR/log/debootstrap.log" >&2
      mourir 'le Debian de l’essai ne se fait pas.'
    }
    tar -C "$racine" -cf "$modele.part" .
    mv -- "$modele.part" "$modele"
    rm -rf -- "$racine"
  fi
  printf '%s' "$modele"
}

# machine FOLDER NAME SCRIPT: a Debian of that name, whose first service plays the script of tests/paquet, then the machine stops.
machine() {
  local racine=$1
  rm -rf -- "$racine"
  mkdir -p -- "$racine"
  at_exit "rm -rf -- $(printf %q "$racine")"
  tar -C "$racine" -xf "$(modele)"
  cp -- docs/exploitation.md supervision/README.md tests/paquet/commun "$racine/root/"
  cp -- "tests/paquet/$3" "$racine/root/essai"
  printf '%s\n' "$2" >"$racine/etc/hostname"
  printf '127.0.0.1 localhost %s gardel.ville.gp\n' "$2" >"$racine/etc/hosts"
  mkdir -p "$racine/entre"
  cat >"$racine/etc/systemd/system/essai.service" <<'UNITE'
[Unit]
Description=Essai du paquet de Gardel
After=multi-user.target postgresql.service nginx.service
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
WorkingDirectory=/root
ExecStart=/root/essai
StandardOutput=file:/root/essai.log
StandardError=file:/root/essai.log
TimeoutStartSec=infinity
UNITE
  mkdir -p "$racine/etc/systemd/system/default.target.wants"
  ln -sf ../essai.service "$racine/etc/systemd/system/default.target.wants/essai.service"
}

# allumage FOLDER NETWORK: `commande` starts it, until its end. What both machines tell each other is in « entre ».
allumage() {
  # A hierarchy of control groups of its own: the first process of this machine may be no systemd.
  commande=(timeout --kill-after=30 "$TEMPS_MAX" unshare --mount --propagation private sh -c '
    mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || true
    exec systemd-nspawn --quiet --boot --directory="$1" --network-namespace-path="/run/netns/$2" --bind="$3:/entre" --register=no --keep-unit --console=pipe </dev/null'
    sh "$1" "$2" "$SORTIE/entre")
}

# The private network of the guide: two machines, 10.0.0.5 and 10.0.0.6, and nobody else.
reseau() {
  local n
  for n in 5 6; do
    ip netns delete "gardel-essai-$n" 2>/dev/null || true
    ip netns add "gardel-essai-$n"
    at_exit "ip netns delete gardel-essai-$n"
  done
  ip -n gardel-essai-5 link add prive type veth peer name prive netns gardel-essai-6
  for n in 5 6; do
    ip -n "gardel-essai-$n" link set lo up
    ip -n "gardel-essai-$n" addr add "10.0.0.$n/24" dev prive
    ip -n "gardel-essai-$n" link set prive up
  done
}

essaie_le_paquet() {
  local racine="$SORTIE/racine" ancien nouveau statut=0
  local -a commande
  modele >/dev/null
  # Two numbers of one tree: those of the guide. The same number, made again, is the same file.
  local empreinte
  empreinte="$(sha256sum <"$paquet")"
  ancien="$(fabrique 2026.12.1)"
  if [ "$ancien" = "$paquet" ] && [ "$(sha256sum <"$ancien")" != "$empreinte" ]; then mourir 'fait deux fois, le paquet n’est pas le même.'; fi
  nouveau="$(fabrique 2026.12.2)"
  titre 'Essai du paquet, par les guides : installation, second serveur, réplica, alerte, mise à jour, restauration, retrait, purge'
  reseau
  rm -rf -- "$SORTIE/entre"
  mkdir -p -- "$SORTIE/entre"
  machine "$racine" gardel-essai dedans
  machine "$racine-replica" gardel-replica replica
  cp -- "$ancien" "$racine/root/gardel_2026.12.1_amd64.deb"
  cp -- "$nouveau" "$racine/root/gardel_2026.12.2_amd64.deb"
  allumage "$racine-replica" gardel-essai-6
  start_child replica "$VAR/log/nspawn-replica.log" "${commande[@]}"
  allumage "$racine" gardel-essai-5
  run_long "${commande[@]}" >"$VAR/log/nspawn.log" 2>&1 || statut=$?
  touch "$SORTIE/entre/fini"
  stop_child_named replica
  [ -s "$racine/root/essai.log" ] || {
    tail -n 25 "$VAR/log/nspawn.log" >&2
    mourir "le Debian de l’essai n’a pas démarré (code $statut)."
  }
  cp -- "$racine/root/essai.log" "$VAR/log/paquet-essai.log"
  cp -- "$racine-replica/root/essai.log" "$VAR/log/paquet-replica.log" 2>/dev/null || true
  grep -h '^== ' "$VAR/log/paquet-essai.log" | sed 's/^== /   /'
  [ "$(cat -- "$racine/root/fini" 2>/dev/null)" = oui ] || {
    tail -n 20 "$VAR/log/paquet-replica.log" >&2 || true
    tail -n 60 "$VAR/log/paquet-essai.log" >&2
    mourir "l’essai du paquet s’est arrêté ci-dessus (journaux : $VAR/log/paquet-essai.log, paquet-replica.log)."
  }
  dire 'Chaque étape a tenu.'
}

# The container file, followed step by step into a folder, then started as an engine would: its user, a root that is only read, no
# capability, no network but its own.
essaie_l_image() {
  local dossier="$SORTIE/image" base journal="$VAR/log/image.log" utilisateur statut=0
  titre 'Image : deploiement/Containerfile suivi pas à pas, puis démarré sans root et sur une racine en lecture seule'
  rm -rf -- "$dossier"
  mkdir -p -- "$dossier"
  at_exit "rm -rf -- $(printf %q "$dossier")"
  run_long python3 tests/paquet/image.py deploiement/Containerfile "$ROOT" "$(modele)" "$dossier" >"$journal" 2>&1 || { tail -n 25 "$journal" >&2; mourir 'le Containerfile ne se suit pas.'; }
  start_cluster test
  admin() { "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "$1"; }
  admin 'drop database if exists gardel_image with (force)' >/dev/null 2>&1 || true
  admin 'create database gardel_image'
  base="$(url_with_base 'postgres://gardel@localhost/gardel?host=%2Fbase' gardel_image)"
  DATABASE_URL="$(url_with_base "$DATABASE_URL" gardel_image)" STORAGE_URL="$dossier/fichiers" "$programmes/gardel" migrate >>"$journal" 2>&1
  cp -a -- "$dossier/image/var/lib/gardel" "$dossier/volume"
  # Where what an engine would mount is put: the root itself is only read.
  mkdir -- "$dossier/image/base"
  touch -- "$dossier/image/lance" "$dossier/image/base/.s.PGSQL.5432"
  utilisateur="$(json "$dossier/image.json" user)"
  [[ $utilisateur =~ ^([1-9][0-9]*):([1-9][0-9]*)$ ]] || mourir "l'image tourne sous le compte « $utilisateur » : un numéro autre que 0 est demandé."
  python3 - "$dossier/image.json" >"$dossier/lance" <<'LANCE'
import json, shlex, sys
image = json.load(open(sys.argv[1]))
print("set -eu\nunset NOTIFY_SOCKET\nexport HOME=/\ncd " + shlex.quote(image["workdir"]))
for nom, valeur in image["env"].items():
    print(f"export {nom}={shlex.quote(valeur)}")
print("grep -q '^CapBnd:.*0000000000000000$' /proc/self/status")
print("if touch /essai 2>/dev/null; then echo 'la racine s’écrit' >&2; exit 1; fi")
print(shlex.join(image["entrypoint"] + image["cmd"]) + " & gardel=$!")
print("for essai in $(seq 100); do if " + shlex.join(image["healthcheck"]) + "; then sante=oui; break; fi; sleep 0.2; done")
print('[ "${sante:-}" = oui ] || { echo "HEALTHCHECK ne passe jamais" >&2; exit 1; }')
print("exec 3<>/dev/tcp/127.0.0.1/8000; printf 'GET /connexion HTTP/1.0\\r\\nHost: gardel.ville.gp\\r\\n\\r\\n' >&3; head -n 1 <&3 | grep -q ' 200 '")
print("id -u; kill -TERM $gardel; wait $gardel; echo fini")
LANCE
  run_long unshare --mount --propagation private sh -c '
    mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || true
    exec systemd-nspawn --quiet --directory="$1/image" --read-only --private-network --register=no --keep-unit --console=pipe \
      --no-new-privileges=yes --tmpfs=/tmp --bind="$1/volume:/var/lib/gardel" --bind="$2/.s.PGSQL.5432:/base/.s.PGSQL.5432" --bind-ro="$1/lance:/lance" \
      --setenv="DATABASE_URL=$3" --setenv=GARDEL_ADRESSE_PUBLIQUE=https://gardel.ville.gp \
      setpriv --reuid="$4" --regid="$5" --clear-groups --inh-caps=-all --bounding-set=-all bash /lance </dev/null' \
    sh "$dossier" "$PG_SOCKET" "$base" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >>"$journal" 2>&1 || statut=$?
  admin 'drop database if exists gardel_image with (force)' >/dev/null 2>&1 || true
  [ "$statut" -eq 0 ] && grep -qx fini "$journal" || { tail -n 25 "$journal" >&2; mourir "l’image ne sert pas (code $statut)."; }
  dire 'Elle sert, sans root, sur une racine en lecture seule ; HEALTHCHECK passe ; SIGTERM l’arrête proprement.'
}

# json FILE KEY
json() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }

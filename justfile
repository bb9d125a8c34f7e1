# The same commands as bin/, under shorter names. `just` lists them.

set positional-arguments := true

_liste:
    @just --list --unsorted

# Installe ce qui manque et remplit static/vendor/
setup *options:
    bin/setup "$@"

# Démonstration : base, données inventées, serveur et travailleur (Ctrl-C arrête tout)
demo *options:
    bin/demo "$@"

# Tout ce qui doit tenir avant de livrer
test:
    bin/test

# Mesure Gardel à côté de PostgreSQL, Rocket, psql et Django : table, JSON et docs/performance.md
bench *options:
    bin/bench "$@"

# L'API vue de dehors, tout entière : validateurs, Schemathesis, client écrit par un générateur (bin/test en joue une part)
api:
    bin/api

# Les lettres jugées du dehors : deux vérificateurs de PDF/UA-1, et la fenêtre de l'enveloppe (bin/test les joue)
pdf-ua *dossier:
    bin/pdf-ua "$@"

# La copie d'un entrepôt par l'API, interrompue deux fois pendant qu'on écrit, confrontée à la base : just copie 1000000
copie sejours="1000000":
    cargo build --release --locked --bins
    BINAIRES=target/release bin/api --copie {{sejours}}

# Les preuves longues, dont bin/test joue une forme courte : modèle des baux, mille morts, garde à deux grandes tailles
preuves:
    just modele
    ESSAI_GARDE=long bin/avec-base --tests cargo test --locked --test it -- --nocapture garde
    just kills

# Le protocole des baux sur un modèle plus large que celui de bin/test (quelques minutes)
modele:
    ESSAI_MODELE=long bin/avec-base --tests cargo test --locked --test it -- modele --nocapture --test-threads 1

# Le cache confronté à la base par une longue suite d'écritures et de lectures : just oracle 400
oracle tours="300":
    ESSAI_ORACLE_TOURS={{tours}} ESSAI_ORACLE_GRAINE="$(date +%s)" bin/avec-base --tests cargo test --locked --test it -- cache_oracle --nocapture --test-threads 1

# Toutes les paires de filtres de toutes les listes, et des triplets, dans toutes leurs faces, face à un SELECT écrit à part.
# just filtres GRAINE rejoue l'échantillon qu'un échec de bin/test nomme.
filtres graine="":
    ESSAI_FILTRES="$([ -n '{{graine}}' ] || echo tout)" ESSAI_FILTRES_GRAINE="{{graine}}" bin/avec-base --tests cargo test --locked --test it -- filtres_faces --nocapture --test-threads 1

# Toutes les routes secouées par ce que personne n'enverrait, puis les plages d'un fichier et les suites de droits, longuement : just secousses 200 7
secousses tours="100" graine="971":
    ESSAI_SECOUSSES="{{tours}}" ESSAI_SECOUSSES_GRAINE="{{graine}}" ESSAI_PLAGES=5000 ESSAI_PLAGES_GRAINE="{{graine}}" ESSAI_DROITS_TOURS=200 ESSAI_DROITS_GRAINE="{{graine}}" bin/avec-base --tests cargo test --locked --test it -- secousses plages droits_suite --nocapture

# Des octets mis n'importe où dans les fichiers qu'on importe, longuement, et une lecture de 200 Mo : just mutations 100000 7
mutations tours="20000" graine="971":
    ESSAI_MUTATIONS="{{tours}}" ESSAI_MUTATIONS_GRAINE="{{graine}}" ESSAI_SOURCES_MO=200 bin/avec-base --tests cargo test --locked --test it -- sources --nocapture

# Fautes mises par une machine dans ce qui décide des lignes : just mutants, just mutants src/taxe/calcul.rs, just mutants --vivantes
mutants *options:
    bin/mutants "$@"

# Failles connues, licences et registres des dépendances
composants:
    bin/composants

# Nomenclature d'une version (CycloneDX) : ce que chaque programme contient, à garder avec lui
nomenclature *dossier:
    bin/nomenclature "$@"

# La matrice de chaos : chaque accident au milieu de chaque travail ; le tableau va dans docs/exploitation.md
chaos *mots:
    bin/chaos "$@"

# Plusieurs machines sur celle-ci : nginx, deux serveurs, deux ouvriers, une réplique, chacun redémarré ou tué pendant qu’on travaille
essaim:
    cargo build --locked --bins --features s3
    bin/essaim

# Tout est perdu, puis rendu à une seconde choisie par les scripts de sauvegarde, en clair et chiffré ; chaque faute est refusée ; le tableau va dans docs/exploitation.md
restauration *facon:
    cargo build --locked --bins
    bin/restauration "$@"

# Cette version prend la place d’une autre pendant qu’on travaille, dans les deux ordres
montee *revision:
    bin/montee "$@"

# Une journée d’un territoire en dix minutes, à 1 ×, à 5 ×, puis jusqu’à ce qu’un objectif soit manqué
charge *options:
    bin/charge "$@"

# La même journée pendant deux heures : ce qui doit rester plat l’est-il ?
endurance secondes="7200":
    bin/charge --endurance "{{secondes}}"

# Compile la livraison deux fois, dans deux dossiers, et compare les octets : vingt minutes
reproductible:
    bin/reproductible

# Chaque alerte de supervision/ sonne par un véritable accident et se tait, chaque panneau a ses valeurs ; le tableau va dans supervision/README.md
alertes *mots:
    [ "${1:-}" = --essais ] || cargo build --locked --bins
    bin/alertes "$@"

# nginx et Caddy devant Gardel, tels que deploiement/ les donne : clients lents, gros envois, fausse adresse, redémarrages
mandataires *lequel:
    cargo build --locked --bins
    bin/mandataires "$@"

# Le paquet Debian ; just paquet --essai joue les guides commande par commande, dans deux Debian à part : installation, réplica, alerte, mise à jour, restauration, purge
paquet *options:
    cargo build --release --locked --bins
    bin/paquet "$@"

# Donne sa version à ce qui est là : la date du jour, CHANGELOG.md, une étiquette
publier *options:
    bin/publier "$@"

# Vérification rapide, sans base : mise en forme et clippy
check:
    cargo fmt --check
    cargo clippy --all-targets --all-features -- -D warnings

# Met le code en forme
fmt:
    cargo fmt

# Une commande avec la base du projet : just avec psql, just avec --tests cargo test curseur
avec *commande:
    bin/avec-base "$@"

# Met chaque texte en typographie française (’, espaces insécables), puis dit ce qui a changé
typographie:
    mkdir -p var
    CARGO_MANIFEST_DIR="$PWD" rustc --edition 2024 --test tests/it/typographie.rs -o var/typographie
    CORRIGER=1 var/typographie --nocapture every_text

# Captures de tous les écrans dans var/captures (la démonstration doit tourner)
captures *options:
    node tests/browser/captures.mjs "$@"

# Les codes d'un export, ouverts par un vrai tableur (LibreOffice : apt-get install libreoffice-calc-nogui)
tableur:
    cargo test --locked --lib exports::cellules::a_real_spreadsheet -- --ignored --nocapture

# Mille SIGKILL au hasard sur des exports de tous les formats, et la moitié sur des imports et leurs annulations, avec l'ouvrier de livraison : just kills, just kills 100
kills nombre="1000" graine="971":
    cargo build --release --locked --bin gardel-worker
    ESSAI_TUES="{{nombre}}" ESSAI_TUES_IMPORTS="$(( {{nombre}} / 2 ))" ESSAI_GRAINE="{{graine}}" ESSAI_OUVRIER="$PWD/target/release/gardel-worker" bin/avec-base --tests cargo test --locked --test it -- --nocapture mille_morts
